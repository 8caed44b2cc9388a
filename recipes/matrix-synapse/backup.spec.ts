import { test } from '../fixtures.ts';
import { expectMarker } from './expect-marker.ts';

test('knows the user after the backup, and signs with the same key', async ({ http, app, marker }) => {
  await expectMarker(http, app, marker);
});
