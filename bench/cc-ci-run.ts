import { fileURLToPath } from 'node:url';
import { resultsSchema, type Results } from '../domain/results.ts';
import { RECIPE, run } from './world.ts';

const LAUNCHER = fileURLToPath(new URL('../bin/cc-ci', import.meta.url));

/** Runs a verb of the command line; resolves to what it prints, rejects on any other exit code than 0. */
export async function runVerb(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [LAUNCHER, ...args], { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Runs the whole lifecycle, mostly of the demo's recipe, with the command line. Rejects unless it passed. */
export async function runLifecycle(recipe = RECIPE): Promise<Results> {
  const results = resultsSchema.parse(JSON.parse(await runVerb('run', recipe, '--json')));
  if (results.verdict !== 'passed') throw new Error(`the run ${results.verdict}: ${results.reason ?? ''}`);
  return results;
}
