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

/**
 * What belongs to every sample, and so many more cases of each platform, of as many faults as possible; none that needs the
 * machine for itself.
 */
export function sample(
  cases: readonly FaultCase[],
  seed: string,
  more: Readonly<Record<FaultCase['platform'], number>>,
): FaultCase[] {
  const always = cases.filter((one) => one.always === true);
  const others = shuffled(
    cases.filter((one) => one.alone !== true && one.always !== true),
    seed,
  );
  const drawn = (['dummy', 'swarm'] as const).flatMap((platform) => {
    const own = others.filter((one) => one.platform === platform);
    const first = own.filter((one, index) => own.findIndex(({ fault }) => fault === one.fault) === index);
    const rest = own.filter((one) => !first.includes(one));
    return [...first, ...rest].slice(0, more[platform]);
  });
  return [...always, ...drawn];
}
