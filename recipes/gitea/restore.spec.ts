import { test } from '../fixtures.ts';
import { expectMarkerFile } from './expect-marker-file.ts';

test('holds the file that was lost again after the restore, for the API and for git', async ({
  http,
  marker,
}) => {
  await expectMarkerFile(http, marker);
});
