import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { rounded } from './statistics.ts';
import { run } from './world.ts';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
/** What the command line says once a run is under way. */
const STARTED = /^started run-/;

interface Start {
  /** Seconds until the run has started. */
  readonly untilRun: number;
  /** Seconds until everything has been stopped again. */
  readonly total: number;
}

/**
 * How long a newcomer waits with warm caches: the demo in a fresh clone, and again in the same clone with everything
 * stopped. `ratio` is that of the second start to the first.
 */
export async function start(): Promise<{ first: Start; again: Start; ratio: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'cc-ci-start-'));
  const clone = join(folder, 'cc-ci');
  try {
    await run('git', ['clone', '--quiet', CHECKOUT, clone]);
    const first = await demo(clone);
    const again = await demo(clone);
    return { first, again, ratio: rounded(again.untilRun / first.untilRun) };
  } finally {
    await run('node', ['setup/main.mjs', 'clean', '--force'], { cwd: clone }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function demo(clone: string): Promise<Start> {
  const startedMs = performance.now();
  const seconds = () => rounded((performance.now() - startedMs) / 1000);
  // A stack of its own: nothing of the one that runs this may lead there.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CCI_')));
  const child = spawn('npm', ['run', '--silent', 'demo', '--', '--json'], {
    cwd: clone,
    env: { ...env, ...(process.env['CCI_CACHE'] ? { CCI_CACHE: process.env['CCI_CACHE'] } : {}) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let untilRun: number | undefined;
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (STARTED.test(line)) untilRun ??= seconds();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || untilRun === undefined)
    throw new Error(`the demo failed:\n${said.slice(-20).join('\n')}`);
  return { untilRun, total: seconds() };
}
