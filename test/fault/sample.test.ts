import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { effectiveEnvironment } from '../../client/config.ts';
import { nameOf } from './case.ts';
import { CASES } from './catalogue/index.ts';
import { closeLanes } from './lane.ts';
import { LANES, runMatrix } from './matrix.ts';
import { sample } from './select.ts';

const DAY_MS = 86_400_000;
/** Other cases every day, and the same ones all day long. */
const seed = String(Math.floor(Date.now() / DAY_MS));
const chosen = sample(CASES, seed, { dummy: 10, swarm: 2 });

describe(`a sample of the fault matrix, seed ${seed}`, () => {
  const judged = new Map<string, readonly string[]>();
  let bystanders: readonly string[];

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
    bystanders = await runMatrix(chosen, {
      env: effectiveEnvironment(process.env),
      lanes: LANES,
      tell: ({ one, violations }) => judged.set(nameOf(one), violations),
    });
  }, 1_200_000);
  afterAll(closeLanes);

  it.each(chosen.map(nameOf))('%s [R-46, F-76]', (name) => {
    expect(judged.get(name)).toEqual([]);
  });

  it('leaves alone what belongs to others [R-47]', () => {
    expect(bystanders).toEqual([]);
  });
});
