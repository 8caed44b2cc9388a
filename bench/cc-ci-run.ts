import { fileURLToPath } from 'node:url';
import { resultsSchema, type Results } from '../domain/results.ts';
import { RECIPE, run } from './world.ts';

const LAUNCHER = fileURLToPath(new URL('../bin/cc-ci', import.meta.url));

/** Runs the whole lifecycle of the demo's recipe with the command line. Rejects unless it passed. */
export async function runLifecycle(): Promise<Results> {
  const { stdout } = await run(process.execPath, [LAUNCHER, 'run', RECIPE, '--json'], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const results = resultsSchema.parse(JSON.parse(stdout));
  if (results.verdict !== 'passed') throw new Error(`the run ${results.verdict}: ${results.reason ?? ''}`);
  return results;
}
