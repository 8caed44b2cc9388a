/** Measured comparisons: `npm run bench -- overhead|history|start|warm [--pairs <n>]`. Prints one JSON document. */
import { parseArgs } from 'node:util';
import { history } from './history.ts';
import { overhead } from './overhead.ts';
import { start } from './start.ts';
import { warm } from './warm.ts';

const { values, positionals } = parseArgs({
  options: { pairs: { type: 'string' } },
  allowPositionals: true,
});
const pairs = values.pairs === undefined ? undefined : Number(values.pairs);
const benches = { overhead: () => overhead(pairs), history, start, warm: () => warm(pairs) };
const [name = ''] = positionals;
if (!Object.hasOwn(benches, name) || (pairs !== undefined && !(pairs > 0))) {
  process.stderr.write('usage: npm run bench -- overhead|history|start|warm [--pairs <n>]\n');
  process.exitCode = 2;
} else {
  const found = await benches[name as keyof typeof benches]();
  process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
}
