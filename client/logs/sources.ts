import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { DataConfig } from '../../domain/config.ts';
import { STAGES } from '../../domain/stages.ts';
import { runFolder } from '../links.ts';
import { checkRunId, isRunId } from '../run-ids.ts';
import { UserError } from '../user-error.ts';

/** One log of a run: of a stage (or `images`, `teardown`), or of a service of the app. */
export interface LogSource {
  readonly name: string;
  readonly kind: 'stage' | 'service';
  readonly path: string;
}

export interface LogFilter {
  readonly stage?: string | undefined;
  readonly service?: string | undefined;
}

/**
 * The run to read: the one named, or the one whose folder was written last.
 * @throws UserError
 */
export function chooseRun(config: DataConfig, named: string | undefined): string {
  if (named !== undefined) return checkRunId(named);
  const runs = foldersOf(join(config.CCI_DATA, 'runs')).filter(isRunId);
  const latest = runs
    .map((name) => ({ name, at: lastWrite(join(config.CCI_DATA, 'runs', name)) }))
    .toSorted((a, b) => b.at - a.at)[0];
  if (latest) return latest.name;
  throw new UserError('there are no runs on this host yet', 'Start one with `cc-ci run <recipe>`');
}

/** The logs that a run has now. Services of a second environment have the start of its id before their name. */
export function logSources(config: DataConfig, runId: string, { stage, service }: LogFilter): LogSource[] {
  const logs = join(runFolder(config, runId), 'logs');
  const stages = logsIn(logs).map((name): LogSource => ({
    name,
    kind: 'stage',
    path: join(logs, `${name}.log`),
  }));
  const environments = foldersOf(join(logs, 'services'));
  const services = environments.flatMap((environment) => {
    const folder = join(logs, 'services', environment);
    const prefix = environments.length > 1 ? `${environment}/` : '';
    return logsIn(folder).map((name) => ({ name, prefix, path: join(folder, `${name}.log`) }));
  });
  const all = stage === undefined && service === undefined;
  return [
    ...stages.filter(({ name }) => all || name === stage),
    ...services
      .filter(({ name }) => all || name === service)
      .map(({ name, prefix, path }): LogSource => ({ name: `${prefix}${name}`, kind: 'service', path })),
  ];
}

/**
 * @throws UserError when the run has logs, but none of the stage or of the service asked for
 */
export function refuseUnknown(config: DataConfig, runId: string, filter: LogFilter): void {
  const all = logSources(config, runId, {});
  for (const kind of ['stage', 'service'] as const) {
    const wanted = filter[kind];
    const names = all.filter((source) => source.kind === kind).map(({ name }) => name);
    if (wanted === undefined || names.some((name) => name === wanted || name.endsWith(`/${wanted}`)))
      continue;
    const remedy = names.length > 0 ? `It has ${names.join(', ')}` : `It has no log of a ${kind} yet`;
    throw new UserError(`${runId} has no log of a ${kind} "${wanted}"`, remedy);
  }
}

/** Whether it can be the name of a stage's log before there is one. */
export function isStageLog(name: string): boolean {
  return [...STAGES, 'images', 'teardown'].includes(name);
}

function logsIn(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isFile() && entry.name.endsWith('.log'))
    .map(({ name }) => name.slice(0, -'.log'.length))
    .toSorted();
}

function foldersOf(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there yet, or removed by retention.
    return [];
  }
}

function lastWrite(folder: string): number {
  const logs = join(folder, 'logs');
  const files = logsIn(logs).map((name) => join(logs, `${name}.log`));
  return Math.max(
    0,
    ...[folder, logs, ...files].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );
}
