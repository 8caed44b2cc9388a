import { expect, gotoWithRetry, test } from '../../fixtures.ts';
import { MARKER_PATH } from '../marker-page.ts';

test('shows a published page in a browser without errors', async ({ app, page, marker, consoleErrors }) => {
  await gotoWithRetry(page, new URL(MARKER_PATH, app.url).href);
  await expect(page).toHaveTitle('Grüße');
  await expect(page.locator('#marker')).toHaveText(marker.value);
  expect(consoleErrors).toEqual([]);
});
