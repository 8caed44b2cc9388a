import { test } from '../fixtures.ts';
import { expectSignIn } from './sign-in.ts';

test('signs the account that was lost in again, with its password and a key of the restored realm', async ({
  app,
  http,
  marker,
}) => {
  await expectSignIn(http, marker, app.domain);
});
