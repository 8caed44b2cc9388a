import { expect, gotoWithRetry, isIngressNotFound, test } from '../fixtures.ts';

test('shows the start page in a browser without errors', async ({ app, page, consoleErrors }) => {
  await gotoWithRetry(page, app.url);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome to nginx!');
  expect(consoleErrors).toEqual([]);
});

test('serves the same bytes whole and in ranges', async ({ http }) => {
  const whole = await http.get('/');
  expect(whole.status).toBe(200);
  expect(whole.headers['content-type']).toMatch(/^text\/html\b/);
  const size = whole.body.length;
  expect(whole.headers['content-length']).toBe(String(size));

  const middle = Math.floor(size / 2);
  const first = await http.get('/', { range: `bytes=0-${middle - 1}` });
  const second = await http.get('/', { range: `bytes=${middle}-` });
  expect([first.status, second.status]).toEqual([206, 206]);
  expect(second.headers['content-range']).toBe(`bytes ${middle}-${size - 1}/${size}`);
  expect(Buffer.concat([first.body, second.body]).equals(whole.body)).toBe(true);
});

test('answers 304 to a visitor who has the current page', async ({ http }) => {
  const { headers } = await http.get('/');
  const etag = headers['etag'] ?? '';
  expect(etag).not.toBe('');

  const current = await http.get('/', { 'if-none-match': etag });
  expect(current.status).toBe(304);
  expect(current.body).toHaveLength(0);
  const outdated = await http.get('/', { 'if-none-match': '"of-another-page"' });
  expect(outdated.status).toBe(200);
});

test("answers 404 with nginx's own page for a missing file", async ({ http }) => {
  const answer = await http.get(`/missing-${crypto.randomUUID()}.html`);
  expect(answer.status).toBe(404);
  expect(isIngressNotFound(answer)).toBe(false);
  expect(answer.text()).toContain('<center>nginx');
});
