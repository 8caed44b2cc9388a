import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { asGuard, inEnvironment } from './in-environment.ts';
import { deployCount, intentsOf, readLedger } from './support/ledger.ts';
import type { Operation } from './support/operation.ts';
import type { Evidence } from './types.ts';

/** Saves what the removal is going to destroy: service logs, task history and states (spec R-62). */
export function collectEvidence(
  deps: HostDependencies,
  { environment, by }: { environment: Environment; by: 'run' | 'guard' },
): Promise<Evidence> {
  const collect = (operation: Operation) => save(deps, operation);
  return by === 'guard'
    ? asGuard(deps, environment, collect)
    : inEnvironment(deps, { environment, stage: 'evidence' }, collect);
}

async function save({ platform, paths }: HostDependencies, operation: Operation): Promise<Evidence> {
  const { environment, redact } = operation;
  const folder = paths.serviceLogs(environment.runId, environment.id);
  await mkdir(folder, { recursive: true });
  const serviceLogs: string[] = [];
  for (const app of environment.apps) {
    const attempt = async <T>(what: string, action: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await action();
      } catch (error) {
        operation.signal.throwIfAborted();
        operation.log(`${what} of ${app.domain}: ${String(error)}`);
        return undefined;
      }
    };
    // The app under test has the folder itself, each of its dependencies one below.
    const place = app.role === 'app' ? '' : app.role;
    const files = await attempt('logs', () => platform.saveLogs(operation, app, join(folder, place)));
    serviceLogs.push(...(files ?? []).map((file) => join(place, file)));
    const tasks = await attempt('task history', () => platform.taskHistory(app));
    const services = await attempt('service states', () => platform.serviceStates(app));
    const record = redact(JSON.stringify({ services, tasks }, undefined, 2));
    await attempt('record', () => writeFile(join(folder, `${app.role}.tasks.json`), `${record}\n`));
  }
  const entries = await readLedger(paths.environment(environment.id).ledger);
  const created = intentsOf(entries).filter(({ change }) => change === 'create');
  const deployed = [...new Set(created.map(({ app }) => app))];
  return { serviceLogs, deployCount: deployCount(entries), deployed };
}
