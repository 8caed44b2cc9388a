import { randomUUID } from 'node:crypto';
import { expect, test } from '../../fixtures.ts';
import { expectMarkerPage } from '../expect-marker-page.ts';
import { MARKER_PATH, markerPage } from '../marker-page.ts';

test('is healthy', async ({ probe }) => {
  const start = await probe.http('/');
  expect(start).toMatchObject({ status: 200, contentType: 'text/html' });
  expect(start.size).toBeGreaterThan(0);
});

test('publishes what was written, byte by byte', async ({ http, marker }) => {
  await expectMarkerPage(http, marker);
  // The name in between is nowhere on the site: the page is not what every address answers.
  const other = await http.get(MARKER_PATH.replace('.html', `-${randomUUID()}.html`));
  expect(other.status).toBe(404);
  const bytes = Buffer.from(markerPage(marker.value));
  const middle = await http.get(MARKER_PATH, { range: `bytes=10-${bytes.length - 11}` });
  expect(middle.status).toBe(206);
  expect(Buffer.from(middle.body).equals(bytes.subarray(10, -10))).toBe(true);
});

test('tells pages from plain text by their names', async ({ http, marker }) => {
  const file = marker.markers.find(({ kind, volume }) => kind === 'file' && volume === 'content');
  expect(file?.path, 'the harness keeps a text file in the volume').toMatch(/^ci-marker-.*\.txt$/);
  const text = await http.get(`/${file?.path}`);
  expect(text.headers['content-type']).toMatch(/^text\/plain\b/);
  expect(text.text()).toBe(marker.value);
  const page = await http.get(MARKER_PATH);
  expect(page.headers['content-type']).toMatch(/^text\/html\b/);
});
