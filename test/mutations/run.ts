/**
 * Runs planted defects and harmless variations through the whole lifecycle and says which were judged wrongly:
 * `npm run mutations -- [--only <pattern>] [--lanes <n>] [--json]`. Exits with 1 when a defect was missed or a harmless change
 * was refused.
 */
import { parseArgs } from 'node:util';
import type { Results } from '../../domain/results.ts';
import { Bench } from './bench.ts';
import { BENIGN, DEFECTS } from './cases/index.ts';
import type { Mutation } from './case.ts';
import { faultOfBenign, faultOfDefect } from './judge.ts';
import { inLanes, LANES } from './select.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    lanes: { type: 'string', default: String(LANES) },
    json: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only, 'i');
const chosen = <T extends Mutation>(all: readonly T[]) =>
  all.filter(({ name, recipe }) => only.test(`${recipe}: ${name}`));
const defects = chosen(DEFECTS);
const benign = chosen(BENIGN);

const missed: { name: string; recipe: string; fault: string }[] = [];
const falseRed: typeof missed = [];
const lanes = Number(values.lanes);
const bench = await Bench.open(lanes);

async function judge<T extends Mutation>(
  one: T,
  faultOf: (one: T, results: Results) => string | undefined,
  wrong: typeof missed,
): Promise<void> {
  const startedMs = Date.now();
  const fault = await bench.run(one).then(
    (results) => faultOf(one, results),
    (error: unknown) => `the run itself failed: ${String(error)}`,
  );
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  process.stderr.write(
    `${fault === undefined ? 'ok    ' : 'WRONG '} ${seconds.padStart(6)} s  ${one.recipe}: ${one.name}\n`,
  );
  if (fault === undefined) return;
  process.stderr.write(`        ${fault}\n`);
  wrong.push({ name: one.name, recipe: one.recipe, fault });
}

try {
  await inLanes(
    [
      ...defects.map((one) => () => judge(one, faultOfDefect, missed)),
      ...benign.map((one) => () => judge(one, faultOfBenign, falseRed)),
    ],
    lanes,
    (start) => start(),
  );
} finally {
  await bench.close();
}

const summary = {
  defects: defects.length,
  caught: defects.length - missed.length,
  missed,
  benign: benign.length,
  falseRed,
};
if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
else {
  process.stdout.write(
    `${summary.caught} of ${summary.defects} defects caught, ${falseRed.length} of ${summary.benign} harmless changes refused\n`,
  );
}
process.exitCode = missed.length + falseRed.length > 0 ? 1 : 0;
