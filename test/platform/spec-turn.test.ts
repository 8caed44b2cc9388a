import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSpecBench, IMPORTS, processesOfSpecUser, type SpecBench } from './spec-bench.ts';

let bench: SpecBench;

beforeAll(async () => {
  bench = await createSpecBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('the turn of specs', () => {
  it('loads specs ahead, and runs neither hooks nor tests of them before their turn [R-03]', async () => {
    const before = bench.requests.length;
    const asked = () => bench.requests.slice(before);
    let early: readonly string[] | undefined;
    const outcome = await bench.run(
      `${IMPORTS}
      test.beforeAll(async ({ http }) => { await http.get('/hook'); });
      test('asks', async ({ http }) => { expect((await http.get('/')).status).toBe(200); });`,
      {
        beforeTurn: async (allow) => {
          // Runner and worker of Playwright: everything is loaded.
          await expect.poll(() => processesOfSpecUser().length, { timeout: 30_000 }).toBe(2);
          await delay(1000);
          early = asked();
          await allow();
        },
      },
    );
    expect(early).toEqual([]);
    expect(outcome.status).toBe('pass');
    expect(asked()).toEqual(['/hook', '/']);
  });

  it('ends specs that together take too long with a report, counted from their turn', async () => {
    const waits = (title: string) =>
      `test('${title}', async () => { await new Promise((resolve) => setTimeout(resolve, 2500)); });`;
    const outcome = await bench.run(`${IMPORTS} ${waits('first')} ${waits('second')} ${waits('third')}`, {
      timeoutMs: 6000,
      beforeTurn: async (allow) => {
        await delay(6000);
        await allow();
      },
    });
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC' });
    expect(outcome.assertions.map(({ name, ok }) => [name, ok])).toEqual([
      ['spec: first', true],
      ['spec: second', true],
      ['spec: third', false],
    ]);
    expect(outcome.assertions[2]?.detail).toContain('interrupted');
  });

  it('refuses a spec whose tests would not wait for their turn', async () => {
    const outcome = await bench.run(`import { test } from '@playwright/test'; test('a', () => {});`);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(outcome.assertions[0]?.detail).toContain(
      'probe-app/install.spec.ts takes test from @playwright/test',
    );
  });
});
