import type { FixtureRecipe, Mutation } from './case.ts';

/** Lanes that a machine with two cores serves well: most of a run is waiting for containers. */
export const LANES = 4;

const DAY_MS = 86_400_000;

/** Recipes whose runs take minutes: servers on a JVM, big databases, or a second app to sign in through. */
const SLOW: readonly FixtureRecipe[] = ['gitea', 'keycloak', 'matrix-synapse'];

/**
 * Every third case, beginning with another one each day: three days in a row cover all. Of each slow recipe one case, the
 * next one each day.
 */
export function sampleOfDay<T extends Pick<Mutation, 'recipe'>>(all: readonly T[], nowMs: number): T[] {
  const day = Math.floor(nowMs / DAY_MS);
  const quick = all
    .filter(({ recipe }) => !SLOW.includes(recipe))
    .filter((_, index) => index % 3 === day % 3);
  const slow = SLOW.flatMap((name) => {
    const of = all.filter(({ recipe }) => recipe === name);
    return of.length === 0 ? [] : of.slice(day % of.length).slice(0, 1);
  });
  return [...quick, ...slow];
}

/** Runs the cases, so many at once; resolves when all have ended. */
export async function inLanes<T>(
  all: readonly T[],
  lanes: number,
  act: (one: T) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
