import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, type Check } from './check.ts';
import { lastLine, runCommand } from './command.ts';

const SAMPLE = "version: '3.8'\nservices:\n  app:\n    image: ${IMAGE}\n";
const IMAGE = 'cc-ci/doctor:1';
const rendered = z.looseObject({
  services: z.looseObject({ app: z.looseObject({ image: z.literal(IMAGE) }) }),
});

/** Lets the program that renders compose files render a small one. */
export const renderer: Check = {
  name: 'renderer',
  limitMs: 10_000,
  remedy: 'Set CCI_RENDERER to stack-render; `npm run up` builds it',
  look: async (context) => {
    const { CCI_RENDERER } = configured(context, workerConfigSchema.pick({ CCI_RENDERER: true }));
    const folder = await mkdtemp(join(tmpdir(), 'cc-ci-doctor-'));
    try {
      const file = join(folder, 'compose.yml');
      await writeFile(file, SAMPLE);
      const argv = [CCI_RENDERER, '--project-directory', folder, file] as const;
      const outcome = await runCommand(argv, { env: { PATH: '', IMAGE }, signal: context.signal });
      if (outcome.exitCode === 0 && rendered.safeParse(parse(outcome.stdout)).success)
        return ok(CCI_RENDERER);
      return fail(`${CCI_RENDERER} does not render: ${lastLine(outcome)}`, renderer.remedy);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
