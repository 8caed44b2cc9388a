import { test } from '../fixtures.ts';
import { expectMarkerPage } from './expect-marker-page.ts';

test('serves the page that was lost again after the restore, byte by byte', async ({ http, marker }) => {
  await expectMarkerPage(http, marker);
});
