import { rm, mkdtemp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPages, ROOT } from '../unit/docs/markdown.ts';
import { inventory } from './stack.ts';

/** The recipe of the tutorial: its checkout beside the clone, and its folder in it. */
const CHECKOUT = '../my-notes';
const FOLDER = join(ROOT, 'recipes/my-notes');

const runnable = readPages()
  .map(({ file, blocks }) => ({ file, blocks: blocks.filter(({ words }) => words.includes('run')) }))
  .filter(({ blocks }) => blocks.length > 0);

let outside: string;

beforeAll(async () => {
  // Whoever follows the tutorial in this clone does not lose what they made.
  if (existsSync(FOLDER)) throw new Error(`${FOLDER} exists: move it away, this test writes it`);
  outside = await mkdtemp(join(tmpdir(), 'cc-ci-docs-'));
});

afterAll(async () => {
  await rm(FOLDER, { recursive: true, force: true });
  await rm(outside, { recursive: true, force: true });
});

it('there are pages with commands to execute', () => {
  expect(runnable.map(({ file }) => file)).toEqual(expect.arrayContaining(['README.md', 'docs/tutorial.md']));
});

describe.each(runnable)('the commands of $file', ({ blocks }) => {
  it.each(blocks.map((block) => [block.line, block] as const))(
    'do in line %i what is said of them',
    async (_line, { text, words }) => {
      const script = text.replaceAll(CHECKOUT, join(outside, 'my-notes'));
      const { exitCode, all } = await execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: ROOT,
        all: true,
        reject: false,
        timeout: 600_000,
      });
      expect(exitCode, all).toBe(words.includes('fails') ? 1 : 0);
      // Of its runs; others may use the stack meanwhile.
      if (/cc-ci run/.test(text)) expect(JSON.stringify(await inventory())).not.toContain('run-my-notes-');
    },
  );
});
