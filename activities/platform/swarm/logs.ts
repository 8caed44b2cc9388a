import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import { viewServices } from './service-state.ts';
import type { SwarmContext } from './swarm-context.ts';

const TIMEOUT_MS = 30_000;
const SAVED_LINES = 5000;
const SAVED_BYTES = 4 * 1024 * 1024;
const MAX_LINE = 200;

/** `<timestamp> <task>@<node>    | <text>`, the timestamp with nanoseconds in UTC, so that text order is time order. */
const LINE = /^(\S+) (\S+?)@\S+\s*\| ?(.*)$/;

/** Writes the logs of every service, redacted; those of a dependency have its role in front. Returns the file names. */
export async function saveLogs(
  context: SwarmContext,
  operation: Operation,
  app: App,
  folder: string,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const { name: service } of await viewServices(context.docker, app)) {
    const lines = await readLog(context, operation, app, service, SAVED_LINES);
    const name = `${app.role === 'app' ? '' : `${app.role}.`}${service}.log`;
    await writeFile(join(folder, name), lines.map((line) => `${operation.redact(line)}\n`).join(''));
    names.push(name);
  }
  return names;
}

/** The last lines a service wrote, for a failure's message; empty when there are none. */
export async function lastLogLines(
  context: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
  count: number,
): Promise<string> {
  const lines = await readLog(context, operation, app, service, count);
  const texts = lines.slice(-count).map((line) => operation.redact(LINE.exec(line)?.[3] ?? line));
  return texts.length === 0 ? '' : `\n${texts.map((text) => `| ${text.slice(0, MAX_LINE)}`).join('\n')}`;
}

async function readLog(
  { command }: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
  count: number,
): Promise<string[]> {
  const args = ['service', 'logs', '--timestamps', '--no-trunc', '--tail', String(count)];
  // A service whose tasks never had a container makes the client complain after it has printed what there is.
  const { stdout, stderr } = await command(operation, [...args, `${app.stack}_${service}`], {
    timeoutMs: TIMEOUT_MS,
    accept: [0, 1],
    maxBytes: SAVED_BYTES,
    quiet: true,
    quietErrors: true,
  });
  // The client prints what the service wrote to its standard error on its own; only the times bring both together.
  return `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => LINE.test(line))
    .sort();
}
