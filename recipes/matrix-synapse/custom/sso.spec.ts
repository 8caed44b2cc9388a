import { z } from 'zod';
import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { signInWithBrowser } from '../../oidc.ts';
import { signInByToken } from '../session.ts';

const flowsSchema = z.looseObject({
  flows: z.array(
    z.looseObject({
      type: z.string(),
      identity_providers: z.array(z.looseObject({ id: z.string(), name: z.string() })).optional(),
    }),
  ),
});
const PROVIDER = 'oidc-keycloak';

test('offers the sign-in of the provider', async ({ http, sso }) => {
  expect(sso.provider).toBe('keycloak');
  const { flows } = flowsSchema.parse((await http.get('/_matrix/client/v3/login')).json());
  const providers = flows.find(({ type }) => type === 'm.login.sso')?.identity_providers;
  expect(providers).toMatchObject([{ id: PROVIDER, name: 'Keycloak' }]);
});

test('signs the user of the provider in, under the name that he has there', async ({
  app,
  page,
  http,
  sso,
}) => {
  const back = `${app.url}_matrix/client/versions`;
  const start = `/_matrix/client/v3/login/sso/redirect/${PROVIDER}?redirectUrl=${encodeURIComponent(back)}`;
  await gotoWithRetry(page, new URL(start, app.url).href);
  expect(page.url().startsWith(`${sso.issuer}/`)).toBe(true);
  await signInWithBrowser(page, sso);

  // Synapse asks before it sends somebody with a token to an address of which it knows nothing.
  await page.locator(`a[href^="${back}"]`).click();
  await page.waitForURL(`${back}*`);
  const token = new URL(page.url()).searchParams.get('loginToken') ?? '';
  expect(token).not.toBe('');

  const session = await signInByToken(http, token);
  expect(session.userId).toBe(`@${sso.user.username}:${app.domain}`);
  const whoami = await session.get('/account/whoami');
  expect(whoami.json()).toMatchObject({ user_id: session.userId });
  const profile = await session.get(`/profile/${encodeURIComponent(session.userId)}`);
  expect(profile.json()).toMatchObject({ displayname: `${sso.user.firstName} ${sso.user.lastName}` });

  // A token of this kind is good for once.
  await expect(signInByToken(http, token)).rejects.toThrow(/status 40[13]/);
});
