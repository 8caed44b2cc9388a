import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dummyStateSchema } from '../../../activities/platform/dummy/dummy-state.ts';
import { MARK_ENVIRONMENT } from '../../../activities/support/processes.ts';
import { CCI_LABELS } from '../../../domain/labels.ts';
import { docker } from '../docker.ts';
import type { Lane } from '../lane.ts';
import { processesWith } from '../processes.ts';

const KINDS = {
  service: ['service', 'ls', '--format', '{{.Name}}'],
  container: ['ps', '--all', '--format', '{{.Names}}'],
  volume: ['volume', 'ls', '--format', '{{.Name}}'],
  secret: ['secret', 'ls', '--format', '{{.Name}}'],
  config: ['config', 'ls', '--format', '{{.Name}}'],
  network: ['network', 'ls', '--format', '{{.Name}}'],
} as const;

/** What environments of a lane have left: objects, files, processes. */
export async function leftovers(lane: Lane): Promise<string[]> {
  const objects =
    lane.platform === 'swarm'
      ? await dockerObjects(lane)
      : [...dummyObjects(lane), ...lane.providers.realms().map((name) => `realm ${name}`)];
  const files = lane.environments.flatMap((id) => {
    const folder = lane.paths.environment(id).files;
    return existsSync(folder) ? readdirSync(folder).map((name) => `file ${id}/${name}`) : [];
  });
  const processes = lane.environments.flatMap((id) =>
    processesWith(MARK_ENVIRONMENT, id).map((pid) => `process ${pid} of ${id}`),
  );
  return [...objects, ...files, ...processes];
}

async function dockerObjects(lane: Lane): Promise<string[]> {
  const label = `label=${CCI_LABELS.instance}=${lane.instance}`;
  const found = await Promise.all(
    Object.entries(KINDS).map(async ([kind, argv]) => {
      const names = await docker(lane.env, [...argv, '--filter', label]);
      return names.map((name) => `${kind} ${name}`);
    }),
  );
  return found.flat();
}

function dummyObjects(lane: Lane): string[] {
  const file = join(lane.env['CCI_DATA'] ?? '', 'dummy-platform.json');
  if (!existsSync(file)) return [];
  const { objects } = dummyStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return objects.map(({ kind, name }) => `${kind} ${name}`);
}

/**
 * Every object of the daemon, by kind and name: what is there when no lane is must be the same before and after. The
 * containers of services come and go.
 */
export async function allObjects(env: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(KINDS).map(async ([kind, argv]) => {
      const names = await docker(env, argv);
      return names.map((name) => `${kind} ${name}`);
    }),
  );
  const services = found.flat().filter((name) => name.startsWith('service '));
  const isTask = (name: string) =>
    services.some((service) => name.startsWith(`container ${service.slice('service '.length)}.`));
  return found
    .flat()
    .filter((name) => !isTask(name))
    .sort();
}
