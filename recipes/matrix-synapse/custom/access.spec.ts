import { expect, isIngressNotFound, test } from '../../fixtures.ts';
import { talkers } from '../accounts.ts';
import { signInByPassword } from '../session.ts';

test('refuses a wrong password', async ({ http, marker }) => {
  const [anna] = talkers(marker.seed);
  const wrong = { ...anna, password: `${anna.password}x` };
  await expect(signInByPassword(http, wrong)).rejects.toThrow(/status 403, .*M_FORBIDDEN/s);
  expect((await signInByPassword(http, anna)).userId).toContain(`@${anna.name}:`);
});

test('does not publish the API of its administrators', async ({ http }) => {
  for (const path of ['/_synapse/admin/v1/register', '/_synapse/admin/v1/server_version']) {
    const answer = await http.get(path);
    const seen = `${path} answers ${answer.status}: ${answer.text().slice(0, 200)}`;
    expect(isIngressNotFound(answer), seen).toBe(true);
  }
});
