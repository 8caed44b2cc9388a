import { CodedError } from '../../../domain/errors.ts';
import type { Marker, MarkerReading } from '../../../domain/markers.ts';
import { databaseEngine, type Engine } from '../../../domain/stores.ts';
import type { CommandResult } from '../run-command.ts';
import type { MarkerKeeper, MarkerTools, Try } from './marker-tools.ts';
import {
  destroySql,
  listArgv,
  listSql,
  outcomesOf,
  probeSql,
  readSql,
  rowsOf,
  sqlArgv,
  sqlOutcome,
  writeSql,
  type SqlOutcome,
} from './row-scripts.ts';

const EXEC_TIMEOUT_MS = 20_000;
const MAX_TEXT = 500;

type RowMarker = Marker & { readonly engine: Engine };
type Outcomes = ReadonlyMap<string, SqlOutcome>;

/**
 * Rows in each database of the marker, in the server that a service runs. `others` are the row markers of the
 * environment besides this one.
 */
export function rowKeeper(
  tools: MarkerTools,
  marker: RowMarker & { readonly databases: readonly string[] },
  others: readonly Marker[],
): MarkerKeeper {
  const { engine, databases } = marker;
  const run = async (sql: string, as: 'root' | 'app' = 'root'): Promise<Outcomes> => {
    const service = await locate(tools, marker, others);
    if (service === undefined) {
      const text = `no service runs the database of ${marker.service}`;
      return new Map(databases.map((name) => [name, { kind: 'missing', text }]));
    }
    const result = await askServer(tools, service, sqlArgv(engine, as, databases), sql);
    return typeof result === 'string'
      ? new Map(databases.map((name) => [name, { kind: 'unreachable', text: result }]))
      : outcomesOf(engine, databases, result);
  };
  return {
    write: async (value) => toTry(await run(writeSql(engine, value)), 'two rows were written'),
    read: async (value) => toReading(await run(readSql(engine)), value),
    destroy: async () => toTry(await run(destroySql(engine)), 'one row was removed, one was changed', true),
    probe: async (value) => {
      const outcomes = await run(probeSql(engine, value), 'app');
      const lost = [...outcomes].filter(
        ([, { kind, text }]) => kind === 'done' && rowsOf(text).get('probe') !== value,
      );
      const [database] = lost[0] ?? [];
      return database === undefined
        ? toTry(outcomes, 'a row was inserted and read back')
        : { ok: false, detail: `${database}: a row that was inserted is not there` };
    },
  };
}

/** Names of the databases that a row of the marker belongs into; a text says why there is none yet. */
export async function listDatabases(
  tools: MarkerTools,
  { service, engine }: RowMarker,
): Promise<readonly string[] | string> {
  const result = await askServer(tools, service, listArgv(engine), listSql(engine));
  if (typeof result === 'string') return result;
  const { kind, text } = sqlOutcome(engine, result);
  if (kind !== 'done') return text.slice(-MAX_TEXT);
  const names = text.split('\n').filter((name) => name !== '');
  return names.length === 0 ? `the server of ${service} has no database of the app` : names;
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

/** What the client answered; a text says that it did not in time. */
async function askServer(
  { platform, operation, app }: MarkerTools,
  service: string,
  argv: readonly [string, ...string[]],
  sql: string,
): Promise<CommandResult | string> {
  try {
    return await platform.exec(operation, app, service, argv, { input: sql, timeoutMs: EXEC_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof CodedError && error.code === 'E_COMMAND_TIMEOUT') return error.message;
    throw error;
  }
}

function toTry(outcomes: Outcomes, done: string, mayMiss = false): Try {
  const fault = [...outcomes].find(([, { kind }]) => kind !== 'done' && !(mayMiss && kind === 'missing'));
  if (fault) return { ok: false, detail: `${fault[0]}: ${fault[1].text.slice(-MAX_TEXT)}` };
  const told = [...outcomes].map(([name, { kind }]) => (kind === 'missing' ? `${name} (no table)` : name));
  return { ok: true, detail: `${done} in ${told.join(', ')}` };
}

/** As written where each database holds it, gone where none does. */
function toReading(outcomes: Outcomes, value: string): MarkerReading {
  const readings = [...outcomes].map(([name, outcome]) => {
    const { detail, ...reading } = readOne(outcome, value);
    return { ...reading, detail: `${name}: ${detail}` };
  });
  const [first, ...rest] = new Set(readings.map(({ state }) => state));
  return {
    state: first !== undefined && rest.length === 0 ? first : 'other',
    detail: readings.map(({ detail }) => detail).join('; '),
    transient: readings.some(({ transient }) => transient),
  };
}

function readOne({ kind, text }: SqlOutcome, value: string): MarkerReading {
  if (kind === 'missing') return { state: 'absent', detail: text.slice(-MAX_TEXT), transient: false };
  if (kind !== 'done')
    return { state: 'other', detail: text.slice(-MAX_TEXT), transient: kind === 'unreachable' };
  const rows = rowsOf(text);
  const [kept, gone] = [rows.get('kept'), rows.get('gone')];
  const seen = (row: string | undefined) => (row === undefined ? 'missing' : JSON.stringify(row));
  const detail = `row kept is ${seen(kept)}, row gone is ${seen(gone)}`;
  if (kept === value && gone === value) return { state: 'original', detail, transient: false };
  const absent = gone === undefined && kept !== value;
  return { state: absent ? 'absent' : 'other', detail, transient: false };
}
