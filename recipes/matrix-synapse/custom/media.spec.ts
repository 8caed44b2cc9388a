import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { expect, test } from '../../fixtures.ts';
import { talkers } from '../accounts.ts';
import { signInByPassword } from '../session.ts';

const uploadSchema = z.looseObject({ content_uri: z.string().startsWith('mxc://') });

test('gives an uploaded file back byte by byte, and to users only', async ({ http, marker }) => {
  const [anna, bert] = talkers(marker.seed);
  const annas = await signInByPassword(http, anna);
  const file = randomBytes(100_003);
  const path = `/_matrix/media/v3/upload?filename=${marker.value}.bin`;
  const uploaded = await annas.upload(path, 'application/octet-stream', file);
  const address = uploadSchema.parse(uploaded).content_uri.replace('mxc://', '');
  const download = `/_matrix/client/v1/media/download/${address}`;

  const berts = await signInByPassword(http, bert);
  const got = await berts.get(download);
  expect(got.status).toBe(200);
  expect(got.headers['content-type']).toBe('application/octet-stream');
  expect(got.headers['content-disposition']).toContain(`${marker.value}.bin`);
  expect(Buffer.from(got.body).equals(file)).toBe(true);
  expect((await http.get(download)).status).toBe(401);
});
