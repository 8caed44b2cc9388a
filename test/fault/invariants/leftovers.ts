import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { MARK_ENVIRONMENT } from '../../../activities/support/processes.ts';
import { CCI_LABELS } from '../../../domain/labels.ts';
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

const dummySchema = z.object({ objects: z.array(z.object({ kind: z.string(), name: z.string() })) });

/** What environments of a lane have left: objects, files, processes. */
export async function leftovers(lane: Lane): Promise<string[]> {
  const objects = lane.platform === 'swarm' ? await dockerObjects(lane) : dummyObjects(lane);
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

/** Lines of output of the docker client against the daemon of this clone. */
export async function docker(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<string[]> {
  const program = env['CCI_DOCKER_BIN'] ?? 'docker';
  const { stdout } = await execa(program, [...argv], { env: { DOCKER_HOST: env['CCI_DOCKER_HOST'] } });
  return stdout.split('\n').filter((line) => line !== '');
}

function dummyObjects(lane: Lane): string[] {
  const file = join(lane.env['CCI_DATA'] ?? '', 'dummy-platform.json');
  if (!existsSync(file)) return [];
  const { objects } = dummySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return objects.map(({ kind, name }) => `${kind} ${name}`);
}

/** Every object of the daemon that no lane made, by kind and name: what is there before and after must be the same. */
export async function objectsOfOthers(env: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(KINDS).map(async ([kind, [noun, verb]]) => {
      const argv = kind === 'container' ? ['ps', '--all'] : [noun, verb];
      const format =
        kind === 'container'
          ? '{{.Names}} {{.Label "cc-ci.instance"}}'
          : '{{.Name}} {{.Label "cc-ci.instance"}}';
      const withLabel = kind !== 'service';
      return withLabel
        ? (await docker(env, [...argv, '--format', format])).map((line) => `${kind} ${line.trim()}`)
        : [];
    }),
  );
  return found.flat().sort();
}
