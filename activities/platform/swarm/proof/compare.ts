import type { Assertion } from '../../../../domain/stages.ts';
import { desiredTasks, hasEnded, type ServiceView } from '../service-state.ts';
import type { Task } from '../shapes.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { expectedContainer, externalConfigs, sha256, type RenderedStack } from './expected.ts';
import { differences, recipeLabels, type Aspect, type ContainerFacts, type Facts } from './facts.ts';
import { runningContainer, type ConfigHash } from './running.ts';

/** Differences that are named; the others are counted. */
const SHOWN = 6;

const NAMES: Readonly<Record<Aspect | 'deployLabels', string>> = {
  image: 'services and tasks have the images of the version',
  environment: 'services and tasks have the environment of the version',
  configs: 'services and tasks have the configs of the version, with its content',
  secrets: 'services and tasks have the secrets of the version',
  mounts: 'services and tasks have the mounts of the version',
  labels: 'containers have the labels of the version',
  process: 'services and tasks have the command and health check of the version',
  deployLabels: 'services have the labels of the version',
};

/** Compares every service of the rendered stack, and its tasks that run, aspect by aspect. */
export async function compareServices(
  { docker }: SwarmContext,
  rendered: RenderedStack,
  views: readonly ServiceView[],
): Promise<readonly Assertion[]> {
  const external = externalConfigs(rendered);
  const hashOf = remember(async ({ id, name }) => {
    if (external.has(name)) return undefined;
    const content = await docker.configContent(id);
    return content ? sha256(content) : 'gone';
  });
  const found = new Map<keyof typeof NAMES, string[]>();
  const note = (aspect: keyof typeof NAMES, where: string, expected: Facts, seen: Facts) => {
    const faults = differences(expected, seen, aspect === 'environment').map((one) => `${where}: ${one}`);
    found.set(aspect, [...(found.get(aspect) ?? []), ...faults]);
  };
  for (const [name, service] of Object.entries(rendered.stack.services)) {
    const view = views.find((one) => one.name === name);
    if (!view) continue;
    const expected = await expectedContainer(rendered, service);
    const { Labels, TaskTemplate } = view.service.Spec;
    note('deployLabels', name, recipeLabels(service.deploy?.labels ?? {}), recipeLabels(Labels));
    const compare = (where: string, seen: ContainerFacts) => {
      for (const aspect of ASPECTS) note(aspect, where, expected[aspect], seen[aspect]);
    };
    compare(name, (await runningContainer(TaskTemplate.ContainerSpec, hashOf)).facts);
    for (const task of tasksOf(view)) {
      const { facts } = await runningContainer(task.Spec.ContainerSpec, hashOf);
      compare(`${name}, task ${task.ID.slice(0, 8)}`, facts);
    }
  }
  const compared = views.flatMap((view) => [view.name, ...tasksOf(view)]).length;
  const aspects = [...ASPECTS, 'deployLabels'] as const;
  return [
    compareSets(rendered, views),
    ...aspects.map((aspect): Assertion => {
      const faults = found.get(aspect) ?? [];
      const detail = faults.length === 0 ? `${compared} services and tasks compared` : shorten(faults);
      return { name: NAMES[aspect], ok: faults.length === 0, detail };
    }),
  ];
}

const ASPECTS = [
  'image',
  'environment',
  'configs',
  'secrets',
  'mounts',
  'labels',
  'process',
] as const satisfies readonly Aspect[];

/**
 * The tasks that stand for a service: those that are meant to run, whatever they were made for. Those that are being
 * shut down do not count; a service that has done its work is judged by the last one that did it.
 */
export function tasksOf(view: ServiceView): readonly Task[] {
  const live = view.tasks.filter((task) => task.DesiredState === 'running' && !hasEnded(task));
  if (live.length > 0 || desiredTasks(view.service) === 0) return live;
  return view.tasks.filter((task) => task.Status.State === 'complete').slice(0, 1);
}

/** abra prunes nothing: what only an earlier version had goes on running. */
function compareSets({ stack }: RenderedStack, views: readonly ServiceView[]): Assertion {
  const expected = Object.keys(stack.services);
  const seen = views.map((view) => view.name);
  const missing = expected.filter((name) => !seen.includes(name));
  const besides = seen.filter((name) => !expected.includes(name));
  const idle = views
    .filter((view) => expected.includes(view.name) && desiredTasks(view.service) > 0)
    .filter((view) => tasksOf(view).length === 0)
    .map((view) => view.name);
  const faults = [
    ...missing.map((name) => `${name} is missing`),
    ...idle.map((name) => `${name} has no task`),
  ];
  const left = besides.length > 0 ? `; not of this version and left running: ${besides.join(', ')}` : '';
  return {
    name: 'every service of the version is there',
    ok: faults.length === 0,
    detail: `${faults.length === 0 ? expected.join(', ') : shorten(faults)}${left}`,
  };
}

export function shorten(faults: readonly string[]): string {
  const more = faults.length > SHOWN ? `; and ${faults.length - SHOWN} more` : '';
  return `${faults.slice(0, SHOWN).join('; ')}${more}`;
}

/** Tasks and services share their configs. */
function remember(hashOf: ConfigHash): ConfigHash {
  const known = new Map<string, Promise<string | undefined>>();
  return (config) => {
    const asked = known.get(config.id) ?? hashOf(config);
    known.set(config.id, asked);
    return asked;
  };
}
