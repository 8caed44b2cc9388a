import { runLifecycle, runVerb } from './cc-ci-run.ts';
import { median, rounded } from './statistics.ts';

/** A recipe that signs in, and what it signs in through. */
const RECIPE = 'gitea';
const PROVIDER = 'keycloak';
const PAIRS = 2;

/**
 * What a provider that is kept warm saves: whole runs with it against runs that deploy their own. Bringing it up is not
 * counted, because many runs share it. Rejects when a run does not pass, or has another number of deploys than it should.
 */
export async function warm(pairs = PAIRS): Promise<object> {
  const [coldSeconds, warmSeconds]: [number[], number[]] = [[], []];
  const measure = async (into: number[], deploys: number) => {
    const { durationMs, deployCount, expectedDeploys } = await runLifecycle(RECIPE);
    if (deployCount !== deploys || expectedDeploys !== deploys) {
      throw new Error(`${deployCount} deploys, ${expectedDeploys} expected, and not ${deploys}`);
    }
    into.push(durationMs / 1000);
  };
  const cold = () => measure(coldSeconds, 2);
  const shared = async () => {
    await runVerb('warm', 'up', PROVIDER);
    try {
      await measure(warmSeconds, 1);
    } finally {
      await runVerb('warm', 'down', PROVIDER);
    }
  };
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pair % 2 === 0 ? [cold, shared] : [shared, cold]) await side();
    const [coldTook, warmTook] = [coldSeconds.at(-1), warmSeconds.at(-1)];
    process.stderr.write(`pair ${pair + 1} of ${pairs}: cold ${coldTook} s, warm ${warmTook} s\n`);
  }
  return {
    ratio: rounded(median(warmSeconds) / median(coldSeconds)),
    pairs,
    coldSeconds: coldSeconds.map(rounded),
    warmSeconds: warmSeconds.map(rounded),
    deploys: { cold: 2, warm: 1 },
  };
}
