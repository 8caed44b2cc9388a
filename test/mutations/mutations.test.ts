import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './bench.ts';
import { BENIGN, DEFECTS } from './cases/index.ts';
import type { Mutation } from './case.ts';
import { faultOfBenign, faultOfDefect } from './judge.ts';
import { inLanes, LANES, sampleOfDay } from './select.ts';

const defects = sampleOfDay(DEFECTS, Date.now()).map((one) => ({
  one,
  judgement: Promise.withResolvers<string | undefined>(),
}));
const benign = sampleOfDay(BENIGN, Date.now()).map((one) => ({
  one,
  judgement: Promise.withResolvers<string | undefined>(),
}));

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open(LANES);
  const of = (one: Mutation, fault: () => Promise<string | undefined>) => ({ one, fault });
  const all = [
    ...defects.map(({ one, judgement }) => ({
      judgement,
      ...of(one, async () => faultOfDefect(one, await bench.run(one))),
    })),
    ...benign.map(({ one, judgement }) => ({
      judgement,
      ...of(one, async () => faultOfBenign(one, await bench.run(one))),
    })),
  ];
  // Not awaited: several run at once, and each test waits for its own.
  void inLanes(all, LANES, async ({ fault, judgement }) => {
    await fault().then(judgement.resolve, judgement.reject);
  });
});
afterAll(() => bench.close());

describe('a planted defect is caught, at the right stage and blamed on the right party', () => {
  it.each(defects)('$one.recipe: $one.name', async ({ judgement }) => {
    expect(await judgement.promise).toBeUndefined();
  });
});

describe('a harmless change passes with level 5', () => {
  it.each(benign)('$one.recipe: $one.name', async ({ judgement }) => {
    expect(await judgement.promise).toBeUndefined();
  });
});
