import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeCommandLine } from '../../../docs/generate-cli.ts';
import { ROOT } from './markdown.ts';

it('docs/cli.md says what the program says; `node docs/generate-cli.ts` writes it anew', async () => {
  expect(readFileSync(join(ROOT, 'docs/cli.md'), 'utf8')).toBe(await describeCommandLine());
});
