import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { ROOT } from '../../client/config.ts';
import { nameOf, type FaultCase } from './case.ts';
import type { JudgedCase } from './matrix.ts';

const FILE = join(ROOT, 'artefacts', 'fault', 'judged.ndjson');
/** What the outcome of a case depends on. */
const SOURCES = ['activities', 'codec', 'domain', 'recipes', 'worker', 'workflows', 'test/fault'];

const headSchema = z.object({ sources: z.string() });
const lineSchema = z.object({
  name: z.string(),
  verdict: z.string(),
  violations: z.array(z.string()),
  recoverySeconds: z.number().optional(),
  seconds: z.number(),
});

/** Begins a file for the outcomes of a whole matrix, so that one that was interrupted can be gone on with. */
export async function beginJudged(): Promise<void> {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ sources: await sources() })}\n`);
}

export function addJudged({ one, ...outcome }: JudgedCase): void {
  appendFileSync(FILE, `${JSON.stringify({ name: nameOf(one), ...outcome })}\n`);
}

/** The outcomes without a violation of the matrix that was begun last; rejects when it ran with other sources. */
export async function judgedBefore(cases: readonly FaultCase[]): Promise<readonly JudgedCase[]> {
  if (!existsSync(FILE)) throw new Error('no matrix was begun here');
  const [head = '', ...lines] = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  if (headSchema.parse(JSON.parse(head)).sources !== (await sources()))
    throw new Error('the sources have changed since that matrix was begun');
  const outcomes = lines.map((line) => lineSchema.parse(JSON.parse(line)));
  return cases.flatMap((one) => {
    const found = outcomes.find(({ name, violations }) => name === nameOf(one) && violations.length === 0);
    return found ? [{ one, ...found, recoverySeconds: found.recoverySeconds }] : [];
  });
}

/** Names the committed state of the sources. */
async function sources(): Promise<string> {
  const { stdout } = await execa('git', ['rev-parse', ...SOURCES.map((name) => `HEAD:${name}`)], {
    cwd: ROOT,
  });
  return stdout.split('\n').join(' ');
}
