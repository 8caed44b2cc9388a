import { randomUUID } from 'node:crypto';
import { expect, test } from '../../fixtures.ts';
import { ADMIN, asAdmin } from '../accounts.ts';
import { adminApi } from '../api.ts';
import { expectMarkerFile } from '../expect-marker-file.ts';
import { advertisedRefs, pushOfBranch, pushReport } from '../git-protocol.ts';

const TEXT = `Grüße\r\n\ttabs and no end of line ${'€'.repeat(100)}`;

test('holds the committed file, for the API and for git', async ({ http, marker }) => {
  await expectMarkerFile(http, marker);
});

test('gives back what was committed, byte by byte', async ({ http, marker }) => {
  const send = adminApi(http, marker);
  const name = `texts-${randomUUID().slice(0, 8)}`;
  const repository = `/repos/${ADMIN}/${name}`;
  const made = await send('POST', '/user/repos', { name, default_branch: 'main' });
  expect(made.status).toBe(201);

  const content = Buffer.from(TEXT).toString('base64');
  const file = { content, message: 'Add Grüße', branch: 'main' };
  const added = await send('POST', `${repository}/contents/folder/gr%C3%BC%C3%9Fe.txt`, file);
  expect(added.status).toBe(201);
  const raw = await http.get(`/${ADMIN}/${name}/raw/branch/main/folder/gr%C3%BC%C3%9Fe.txt`);
  expect([raw.status, Buffer.from(raw.body).equals(Buffer.from(TEXT))]).toEqual([200, true]);
  const commits = await send('GET', `${repository}/commits`);
  expect(commits.json()).toMatchObject([{ commit: { message: 'Add Grüße\n' } }]);

  expect((await send('DELETE', repository)).status).toBe(204);
  expect((await send('GET', repository)).status).toBe(404);
});

test('takes a push over HTTPS from who may write, and shows it to who fetches', async ({
  app,
  http,
  marker,
}) => {
  const send = adminApi(http, marker);
  const name = `pushed-${randomUUID().slice(0, 8)}`;
  const made = await send('POST', '/user/repos', { name, default_branch: 'main', auto_init: true });
  expect(made.json()).toMatchObject({ clone_url: `${app.url}${ADMIN}/${name}.git` });
  const git = `/${ADMIN}/${name}.git`;
  const fetched = async () => {
    const refs = await http.get(`${git}/info/refs?service=git-upload-pack`);
    expect(refs.headers['content-type']).toBe('application/x-git-upload-pack-advertisement');
    return advertisedRefs('git-upload-pack', refs.text());
  };
  const before = await fetched();
  const commit = before['refs/heads/main'] ?? '';
  expect(before).toEqual({ HEAD: commit, 'refs/heads/main': commit });
  expect(commit).toMatch(/^[0-9a-f]{40}$/);

  const push = (headers: Readonly<Record<string, string>>) =>
    http.request(`${git}/git-receive-pack`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-git-receive-pack-request' },
      body: pushOfBranch('pushed', commit),
    });
  expect((await push({})).status).toBe(401);
  expect(await fetched()).toEqual(before);
  const pushed = await push(asAdmin(marker.seed));
  expect([pushed.status, pushReport(pushed.text())]).toEqual([200, ['unpack ok', 'ok refs/heads/pushed']]);
  expect(await fetched()).toEqual({ ...before, 'refs/heads/pushed': commit });
  // The hook behind the push has told the database too.
  const branch = await send('GET', `/repos/${ADMIN}/${name}/branches/pushed`);
  expect(branch.json()).toMatchObject({ name: 'pushed', commit: { id: commit } });
});
