import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SecretScan } from '../fixtures/secret-scan.ts';
import { createSpecBench, IMPORTS, SECRET, type SpecBench } from './spec-bench.ts';

let bench: SpecBench;
beforeAll(async () => {
  bench = await createSpecBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** A spec that fails on a page with a secret, and prints one: all that specs leave behind has seen it. */
const SPEC = `${IMPORTS}
  test('wrong heading', async ({ app, page }) => {
    console.log('told ' + ${JSON.stringify(SECRET)});
    await gotoWithRetry(page, app.url);
    await expect(page.locator('p')).toHaveText('something else', { timeout: 200 });
  });`;

async function scan(unredacted: boolean): Promise<SecretScan> {
  const { folder, assertions } = await bench.run(SPEC, { unredacted });
  // As `writeResults` would keep it.
  writeFileSync(join(folder, 'results.json'), JSON.stringify(assertions));
  const found = new SecretScan([SECRET]);
  found.folder(folder);
  return found;
}

it('what specs leave behind holds no secret, and without redaction it does in every place [R-64 H-20]', async () => {
  const clean = await scan(false);
  expect(clean.findings).toEqual([]);
  expect(clean.opened['zip']).toBe(1);
  const leaky = await scan(true);
  const places = leaky.findings.map(({ place }) => place);
  for (const part of ['results.json', 'logs/install.log', 'traces/install-1-wrong-heading.zip!'])
    expect(
      places.some((place) => place.includes(part)),
      part,
    ).toBe(true);
});
