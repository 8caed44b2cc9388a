import { test } from '../fixtures.ts';
import { expectMarkerFile } from './expect-marker-file.ts';

test('holds the committed file after the backup, for the API and for git', async ({ http, marker }) => {
  await expectMarkerFile(http, marker);
});
