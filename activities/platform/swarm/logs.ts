import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import { viewServices } from './service-state.ts';
import { SERVICE_NAME_LABEL } from './docker.ts';
import type { SwarmContext } from './swarm-context.ts';

const TIMEOUT_MS = 30_000;
const SAVED_LINES = 5000;
const SAVED_BYTES = 4 * 1024 * 1024;
const MAX_LINE = 200;

const MAX_CONTAINERS = 10;
const TASK_ID_LABEL = 'com.docker.swarm.task.id';
const TASK_NAME_LABEL = 'com.docker.swarm.task.name';

/** `<timestamp> <text>`, the timestamp with nanoseconds in UTC, so that text order is time order. */
const LINE = /^(\d{4}-\d\d-\d\dT\S+) (.*)$/;

interface LogLine {
  readonly at: string;
  /** `app.1.<id>` */
  readonly task: string;
  readonly text: string;
}

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
    const content = lines.map(({ at, task, text }) => `${at} ${task} | ${operation.redact(text)}\n`).join('');
    await writeFile(join(folder, name), content);
    names.push(name);
  }
  return names;
}

/**
 * The last lines that a service wrote, or one task of it, for a failure's message; empty when there are none.
 * @param of `task` is an id of swarm
 */
export async function lastLogLines(
  context: SwarmContext,
  operation: Operation,
  app: App,
  { service, task }: { readonly service: string; readonly task?: string },
  count: number,
): Promise<string> {
  const lines = await readLog(context, operation, app, service, count, task);
  const texts = lines.slice(-count).map((line) => operation.redact(line.text));
  return texts.length === 0 ? '' : `\n${texts.map((text) => `| ${text.slice(0, MAX_LINE)}`).join('\n')}`;
}

/**
 * Lines of all containers of a service, those that have ended included, in the order of time. `docker service logs`
 * is no help: it says nothing of tasks that do not run yet, and those are the ones that block.
 */
async function readLog(
  { command, docker }: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
  count: number,
  task?: string,
): Promise<LogLine[]> {
  const label = [`${SERVICE_NAME_LABEL}=${app.stack}_${service}`];
  if (task !== undefined) label.push(`${TASK_ID_LABEL}=${task}`);
  const found = await docker.containers({ label });
  const newest = [...found].sort((a, b) => b.Created - a.Created).slice(0, MAX_CONTAINERS);
  const lines: LogLine[] = [];
  for (const { Id, Labels } of newest) {
    // Removed by swarm in the meantime, or never started: there is nothing to be had then.
    const { stdout, stderr } = await command(
      operation,
      ['logs', '--timestamps', '--tail', String(count), Id],
      {
        timeoutMs: TIMEOUT_MS,
        accept: [0, 1],
        maxBytes: SAVED_BYTES,
        quiet: true,
        quietErrors: true,
      },
    );
    const task = (Labels[TASK_NAME_LABEL] ?? Id).slice(app.stack.length + 1);
    for (const line of `${stdout}\n${stderr}`.split('\n')) {
      const [, at, text] = LINE.exec(line) ?? [];
      if (at !== undefined && text !== undefined) lines.push({ at, task, text });
    }
  }
  // The streams come one after the other; only the times bring them together.
  return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
