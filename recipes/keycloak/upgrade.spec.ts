import { test } from '../fixtures.ts';
import { expectSignIn } from './sign-in.ts';

test('signs the account in with the password that it had before the upgrade', async ({
  app,
  http,
  marker,
}) => {
  await expectSignIn(http, marker, app.domain);
});
