import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import { pino, stdSerializers } from 'pino';
import type { Logger as Pino } from 'pino';
import type { WorkerConfig } from '../domain/config.ts';

/** JSON lines on standard output, readable ones on a terminal. */
export function createLogger(level: WorkerConfig['CCI_LOG_LEVEL'], bindings: Record<string, unknown>): Pino {
  const base = { level, base: bindings, serializers: { error: stdSerializers.err } };
  return process.stdout.isTTY ? pino({ ...base, transport: { target: 'pino-pretty' } }) : pino(base);
}

/** After a terminate or delete every interrupted step says so; the guard's report tells the same more clearly. */
const EXPECTED = /Activity not found on completion/;

/** Routes the SDK's log, and that of workflows and activities, into pino. */
export function temporalLogger(logger: Pino, level: WorkerConfig['CCI_LOG_LEVEL']): Logger {
  return new DefaultLogger(level === 'debug' ? 'DEBUG' : 'INFO', (entry: LogEntry) => {
    const fields = { ...entry.meta };
    if (EXPECTED.test(entry.message)) logger.debug(fields, entry.message);
    else if (entry.level === 'ERROR') logger.error(fields, entry.message);
    else if (entry.level === 'WARN') logger.warn(fields, entry.message);
    else if (entry.level === 'INFO') logger.info(fields, entry.message);
    else logger.debug(fields, entry.message);
  });
}
