import { test } from '../fixtures.ts';
import { expectMarkerPage } from './expect-marker-page.ts';

test('serves the published page after the backup, byte by byte', async ({ http, marker }) => {
  await expectMarkerPage(http, marker);
});
