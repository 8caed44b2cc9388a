/** Lanes that a machine with two cores serves well: most of a run is waiting for containers. */
export const LANES = 4;

const DAY_MS = 86_400_000;

/** Every third case, beginning with another one each day: three days in a row cover all. */
export function thirdOfDay<T>(all: readonly T[], nowMs: number): T[] {
  const first = Math.floor(nowMs / DAY_MS) % 3;
  return all.filter((_, index) => index % 3 === first);
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
