import { createHash } from 'node:crypto';
import { nameOf, type FaultCase } from './case.ts';

/** The cases in an order that the seed decides: the same seed gives the same order. */
export function shuffled(cases: readonly FaultCase[], seed: string): FaultCase[] {
  const key = (one: FaultCase) =>
    createHash('sha256')
      .update(`${seed} ${nameOf(one)}`)
      .digest('hex');
  const keyed = cases.map((one) => ({ one, key: key(one) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one);
}

/** So many cases of each platform, of as many faults as possible; none that needs the machine for itself. */
export function sample(
  cases: readonly FaultCase[],
  seed: string,
  counts: Readonly<Record<FaultCase['platform'], number>>,
): FaultCase[] {
  const order = shuffled(
    cases.filter(({ alone }) => alone !== true),
    seed,
  );
  return (['dummy', 'swarm'] as const).flatMap((platform) => {
    const own = order.filter((one) => one.platform === platform);
    const first = own.filter((one, index) => own.findIndex(({ fault }) => fault === one.fault) === index);
    const rest = own.filter((one) => !first.includes(one));
    return [...first, ...rest].slice(0, counts[platform]);
  });
}
