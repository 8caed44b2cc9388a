import { CodedError } from '../../../domain/errors.ts';
import { databaseEngine, type Engine } from '../../../domain/marker-plan.ts';
import type { Marker, MarkerReading } from '../../../domain/markers.ts';
import type { MarkerKeeper, MarkerTools, Try } from './marker-tools.ts';
import {
  clientArgv,
  destroySql,
  probeSql,
  readSql,
  rowsOf,
  sqlOutcome,
  writeSql,
  type SqlOutcome,
} from './row-scripts.ts';

const EXEC_TIMEOUT_MS = 20_000;
const MAX_TEXT = 500;

/** Rows in the database that a service runs. `others` are the row markers of the environment besides this one. */
export function rowKeeper(
  tools: MarkerTools,
  marker: Marker & { readonly engine: Engine },
  others: readonly Marker[],
): MarkerKeeper {
  const { engine } = marker;
  const run = async (sql: string, as: 'root' | 'app' = 'root'): Promise<SqlOutcome> => {
    const service = await locate(tools, marker, others);
    if (service === undefined)
      return { kind: 'missing', text: `no service runs the database of ${marker.service}` };
    return runSql(tools, service, clientArgv(engine, as), { engine, sql });
  };
  return {
    write: async (value) => toTry(await run(writeSql(engine, value)), 'two rows were written'),
    read: async (value) => toReading(await run(readSql(engine)), value),
    destroy: async () => {
      const outcome = await run(destroySql(engine));
      return outcome.kind === 'missing'
        ? { ok: true, detail: 'there is no table any more' }
        : toTry(outcome, 'one row was removed, one was changed');
    },
    probe: async (value) => {
      const outcome = await run(probeSql(engine, value), 'app');
      if (outcome.kind !== 'done') return toTry(outcome, '');
      const ok = rowsOf(outcome.text).get('probe') === value;
      return { ok, detail: ok ? 'a row was inserted and read back' : 'a row that was inserted is not there' };
    },
  };
}

/** The service that runs the database now: of the same name, else another of the engine that no other marker is in. */
async function locate(
  { platform, app }: MarkerTools,
  marker: Marker,
  others: readonly Marker[],
): Promise<string | undefined> {
  const facts = await platform.serviceFacts(app);
  const names = facts
    .filter(({ image }) => databaseEngine(image) === marker.engine)
    .map(({ service }) => service);
  if (names.includes(marker.service)) return marker.service;
  return names.find((name) => !others.some((other) => other.service === name));
}

async function runSql(
  { platform, operation, app }: MarkerTools,
  service: string,
  argv: readonly [string, ...string[]],
  { engine, sql }: { readonly engine: Engine; readonly sql: string },
): Promise<SqlOutcome> {
  try {
    const options = { input: sql, timeoutMs: EXEC_TIMEOUT_MS };
    const outcome = sqlOutcome(engine, await platform.exec(operation, app, service, argv, options));
    // Read before it is cut: the answer to a query is not shown.
    return outcome.kind === 'done' ? outcome : { ...outcome, text: outcome.text.slice(-MAX_TEXT) };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'E_COMMAND_TIMEOUT')
      return { kind: 'unreachable', text: error.message };
    throw error;
  }
}

function toTry({ kind, text }: SqlOutcome, done: string): Try {
  return kind === 'done' ? { ok: true, detail: done } : { ok: false, detail: text };
}

function toReading({ kind, text }: SqlOutcome, value: string): MarkerReading {
  if (kind === 'missing') return { state: 'absent', detail: text, transient: false };
  if (kind !== 'done') return { state: 'other', detail: text, transient: kind === 'unreachable' };
  const rows = rowsOf(text);
  const [kept, gone] = [rows.get('kept'), rows.get('gone')];
  const seen = (row: string | undefined) => (row === undefined ? 'missing' : JSON.stringify(row));
  const detail = `row kept is ${seen(kept)}, row gone is ${seen(gone)}`;
  if (kept === value && gone === value) return { state: 'original', detail, transient: false };
  const absent = gone === undefined && kept !== value;
  return { state: absent ? 'absent' : 'other', detail, transient: false };
}
