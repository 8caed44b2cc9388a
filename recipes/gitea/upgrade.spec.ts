import { test } from '../fixtures.ts';
import { expectMarkerFile } from './expect-marker-file.ts';

test('still holds the file that was committed before the upgrade, for the API and for git', async ({
  http,
  marker,
}) => {
  await expectMarkerFile(http, marker);
});
