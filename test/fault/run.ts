/**
 * The fault matrix: `npm run fault [-- --only <pattern> --repeat <n> --seed <text> --without guard|fence|markers|realms --list
 * --resume --json]`. Exits with 1 when an invariant was violated. A whole matrix writes docs/reliability.md; `--resume` goes on
 * with one that was interrupted.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import prettier from 'prettier';
import { z } from 'zod';
import { effectiveEnvironment, ROOT } from '../../client/config.ts';
import { nameOf } from './case.ts';
import { CASES } from './catalogue/index.ts';
import { addJudged, beginJudged, judgedBefore } from './judged-file.ts';
import { closeLanes } from './lane.ts';
import { LANES, runMatrix, type JudgedCase } from './matrix.ts';
import { ABLATIONS } from './points.ts';
import { summarise, toMarkdown } from './report.ts';
import { shuffled } from './select.ts';

const INTERRUPTED = 130;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now()) },
    without: { type: 'string' },
    dummies: { type: 'string', default: String(LANES.dummy) },
    swarms: { type: 'string', default: String(LANES.swarm) },
    list: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const without = z.enum(ABLATIONS).optional().parse(values.without);
const only = new RegExp(values.only ?? '', 'i');
const chosen = shuffled(
  CASES.filter((one) => only.test(nameOf(one))),
  values.seed,
);

if (values.list) {
  process.stdout.write(`${CASES.map(nameOf).sort().join('\n')}\n`);
} else {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });
  process.stderr.write(`${chosen.length} cases, seed ${values.seed}\n`);
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.stderr.write('interrupted; ending what was started\n');
      void closeLanes().finally(() => process.exit(INTERRUPTED));
    });
  }
  const isWhole = values.only === undefined && without === undefined;
  const done = values.resume ? await judgedBefore(chosen) : [];
  if (isWhole && !values.resume) await beginJudged();
  const judged: JudgedCase[] = [...done];
  const names = new Set(done.map(({ one }) => nameOf(one)));
  const left = chosen.filter((one) => !names.has(nameOf(one)));
  const bystanders = await runMatrix(Array.from({ length: Number(values.repeat) }, () => left).flat(), {
    env: effectiveEnvironment(process.env),
    lanes: { dummy: Number(values.dummies), swarm: Number(values.swarms) },
    without,
    tell: (one) => {
      judged.push(one);
      if (isWhole) addJudged(one);
      tell(one);
    },
  });
  const summary = summarise(judged, bystanders);
  if (isWhole) await writePage(join(ROOT, 'docs', 'reliability.md'), toMarkdown(summary, judged));
  for (const what of bystanders) process.stderr.write(`        ${what}\n`);
  const { cases, violations, recoverySeconds } = summary;
  const said = values.json
    ? JSON.stringify(summary)
    : `${cases} cases, ${violations} violations, recovery ${recoverySeconds.median} s (median), ${recoverySeconds.max} s (longest)`;
  process.stdout.write(`${said}\n`, () => process.exit(violations > 0 ? 1 : 0));
}

function tell({ one, verdict, violations, recoverySeconds, seconds }: JudgedCase): void {
  const mark = violations.length === 0 ? 'ok      ' : 'VIOLATED';
  const recovery = recoverySeconds === undefined ? '' : `, ${recoverySeconds.toFixed(1)} s`;
  process.stderr.write(
    `${mark} ${seconds.toFixed(1).padStart(6)} s  ${nameOf(one)}: ${verdict}${recovery}\n`,
  );
  for (const what of violations) process.stderr.write(`        ${what}\n`);
}

/** As the formatter wants the pages of the repository. */
async function writePage(file: string, markdown: string): Promise<void> {
  const options = await prettier.resolveConfig(file);
  await writeFile(file, await prettier.format(markdown, { ...options, filepath: file }));
}
