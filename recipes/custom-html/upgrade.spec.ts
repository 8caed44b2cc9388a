import { test } from '../fixtures.ts';
import { expectMarkerPage } from './expect-marker-page.ts';

test('still serves the page that was published before the upgrade, byte by byte', async ({
  http,
  marker,
}) => {
  await expectMarkerPage(http, marker);
});
