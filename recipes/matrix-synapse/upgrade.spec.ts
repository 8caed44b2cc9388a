import { test } from '../fixtures.ts';
import { expectMarker } from './expect-marker.ts';

test('still knows the user whom it knew before the upgrade, and signs with the same key', async ({
  http,
  app,
  marker,
}) => {
  await expectMarker(http, app, marker);
});
