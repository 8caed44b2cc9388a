import { test } from '../fixtures.ts';
import { expectSignIn } from './sign-in.ts';

test('still signs the account in after the backup', async ({ app, http, marker }) => {
  await expectSignIn(http, marker, app.domain);
});
