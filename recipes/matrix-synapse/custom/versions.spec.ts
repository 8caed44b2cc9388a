import { z } from 'zod';
import { expect, test } from '../../fixtures.ts';

const versionsSchema = z.looseObject({ versions: z.array(z.string()) });

test('speaks versions of the protocol that clients know', async ({ http }) => {
  const answer = await http.get('/_matrix/client/versions');
  expect(answer.headers['content-type']).toMatch(/^application\/json\b/);
  expect(versionsSchema.parse(answer.json()).versions).toEqual(expect.arrayContaining(['v1.1', 'v1.11']));
});

test('tells other servers what it is and where it is', async ({ http, app }) => {
  const version = await http.get('/_matrix/federation/v1/version');
  expect(version.json()).toEqual({
    server: { name: 'Synapse', version: expect.stringMatching(/^1\.\d+\.\d+$/) },
  });
  const place = await http.get('/.well-known/matrix/server');
  expect(place.json()).toEqual({ 'm.server': `${app.domain}:443` });
});
