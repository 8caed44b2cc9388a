import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeHost } from './fake-host.ts';
import { eventually, startHarness, type Harness } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 60_000);
afterAll(() => harness.close());

it('writes the results of a run that is terminated while it waits for the removal [R-46, R-48]', async () => {
  // The second pass comes some seconds after the first.
  const host = new FakeHost({ leakyPasses: 1 });
  await harness.serve(host, async () => {
    const run = await harness.start();
    await eventually('a first pass', () => host.journal.some((line) => line.startsWith('remove')));
    expect(host.written).toEqual([]);
    await run.terminate('a test');
    await eventually('results', () => host.written.length > 0);
  });
  expect(host.written).toMatchObject([{ verdict: 'cancelled', code: 'E_TERMINATED', leaked: false }]);
  expect(host.left()).toEqual([]);
});
