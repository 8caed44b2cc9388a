import { runLifecycle } from './cc-ci-run.ts';
import { runScript } from './script.ts';
import { median, rounded } from './statistics.ts';

/** Pairs of one run of cc-ci and one of the script, in ABBA order, so that a drift of the machine hits both alike. */
const PAIRS = 6;
const TRIES = 3;

/** What durability, proof and evidence cost: a run of cc-ci against a plain script that does the same steps. */
export async function overhead(pairs = PAIRS): Promise<object> {
  const ccCiSeconds: number[] = [];
  const scriptSeconds: number[] = [];
  const stages: Record<string, number[]> = {};
  const steps: Record<string, number[]> = {};
  const ours = async () => {
    const results = await runLifecycle();
    ccCiSeconds.push(results.durationMs / 1000);
    for (const { name, durationMs } of results.stages) (stages[name] ??= []).push(durationMs / 1000);
    (stages['teardown'] ??= []).push((results.teardown?.durationMs ?? 0) / 1000);
  };
  const theirs = async () => {
    const { total = 0, ...rest } = await patiently(runScript);
    scriptSeconds.push(total);
    for (const [name, seconds] of Object.entries(rest)) (steps[name] ??= []).push(seconds);
  };
  // What only the first of all pays: caches of the kernel, of Node and of the daemon.
  await runLifecycle();
  await patiently(runScript);
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pair % 2 === 0 ? [ours, theirs] : [theirs, ours]) await side();
    process.stderr.write(
      `pair ${pair + 1} of ${pairs}: cc-ci ${ccCiSeconds.at(-1)?.toFixed(1)} s, script ${scriptSeconds.at(-1)?.toFixed(1)} s\n`,
    );
  }
  const medians = (of: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(of).map(([name, all]) => [name, rounded(median(all))]));
  return {
    ratio: rounded(median(ccCiSeconds) / median(scriptSeconds)),
    pairs,
    ccCiSeconds: ccCiSeconds.map(rounded),
    scriptSeconds: scriptSeconds.map(rounded),
    shares: { ccCi: medians(stages), script: medians(steps) },
  };
}

/** The script's pipes break now and then, because its `grep -q` ends before what it reads; then it did not do the whole job. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
      process.stderr.write(`the script failed and is run again: ${String(error).split('\n').at(-1)}\n`);
    }
  }
}
