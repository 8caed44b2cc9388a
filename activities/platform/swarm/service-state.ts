import { isDeepStrictEqual } from 'node:util';
import type { App } from '../../../domain/plan.ts';
import type { ServiceState, TaskRecord } from '../port.ts';
import { STACK_LABEL, type DockerReader } from './docker.ts';
import type { Service, Task } from './shapes.ts';

/** A service with its tasks and the health of the containers that run. */
export interface ServiceView {
  /** Name without the stack prefix. */
  readonly name: string;
  readonly service: Service;
  /** All tasks that swarm remembers, newest first. */
  readonly tasks: readonly Task[];
  /** Tasks of the service's present specification that are meant to run. */
  readonly wanted: readonly Task[];
  readonly running: readonly Task[];
  readonly health: ServiceState['health'];
}

/** States in which a task is over (https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/). */
const ENDED = ['complete', 'failed', 'rejected', 'shutdown', 'orphaned', 'remove'];

export async function viewServices(docker: DockerReader, app: App): Promise<readonly ServiceView[]> {
  const filters = { label: [`${STACK_LABEL}=${app.stack}`] };
  const [services, tasks] = await Promise.all([docker.services(filters), docker.tasks(filters)]);
  const views = services.map((service) => viewService(docker, app, service, tasks));
  return (await Promise.all(views)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function viewService(
  docker: DockerReader,
  app: App,
  service: Service,
  all: readonly Task[],
): Promise<ServiceView> {
  const tasks = all
    .filter((task) => task.ServiceID === service.ID)
    .sort((a, b) => Date.parse(b.CreatedAt) - Date.parse(a.CreatedAt));
  const wanted = tasks.filter((task) => task.DesiredState === 'running' && isCurrent(service, task));
  const running = wanted.filter((task) => task.Status.State === 'running');
  const containers = running.flatMap(({ Status }) => Status.ContainerStatus?.ContainerID ?? []);
  const health = worst(await Promise.all(containers.map((id) => docker.health(id))));
  return { name: service.Spec.Name.slice(app.stack.length + 1), service, tasks, wanted, running, health };
}

/**
 * Whether a task was made for what the service now asks for. Swarm forgets the old update state when a service is
 * changed and starts to replace the tasks a moment later: in between everything looks settled, with the old tasks.
 * Placement and networks are left out, because swarm resolves them in the task.
 */
export function isCurrent(service: Service, task: Task): boolean {
  return isDeepStrictEqual(essence(service.Spec.TaskTemplate), essence(task.Spec));
}

function essence(template: Readonly<Record<string, unknown>>): unknown {
  const { Placement: _placement, Networks: _networks, Runtime: _runtime, ...rest } = template;
  return { ForceUpdate: 0, ...rest };
}

/** How long a task must have been running before a service without a health check is taken to stay up. */
const STABLE_MS = 1500;

/**
 * From when on a service whose tasks run counts as settled, in ms since 1970: swarm itself calls a task with a health
 * check running only when the check has passed, and of one without a check nothing is known before it has stayed a while.
 */
export function settledAt({ running, health }: ServiceView): number {
  const since = running.map(({ Status }) => Date.parse(Status.Timestamp));
  return Math.max(0, ...since) + (health === 'healthy' ? 0 : STABLE_MS);
}

function worst(found: readonly (string | undefined)[]): ServiceState['health'] {
  for (const health of ['unhealthy', 'starting', 'healthy'] as const)
    if (found.includes(health)) return health;
  return 'none';
}

export function toServiceState(view: ServiceView): ServiceState {
  const { service, running } = view;
  return {
    service: view.name,
    image: service.Spec.TaskTemplate.ContainerSpec.Image,
    running: running.length,
    desired: tasksToRun(view),
    update: updateState(view),
    health: view.health,
    restarts: failures(view.tasks).length,
    tasks: running.map((task) => task.ID).sort(),
  };
}

/**
 * How many tasks are meant to run now. Those of a one-shot service that have completed are not started again; a service
 * with a health check is meant to stay, so its end is to be seen.
 */
function tasksToRun({ service, tasks, running }: ServiceView): number {
  const desired = desiredTasks(service);
  if (isMeantToStay(service) || restartsAlways(service)) return desired;
  const done = tasks.filter((task) => task.Status.State === 'complete' && isCurrent(service, task));
  return Math.max(Math.min(running.length, desired), desired - done.length);
}

function isMeantToStay({ Spec: { TaskTemplate } }: Service): boolean {
  const { ContainerSpec, RestartPolicy } = TaskTemplate;
  return RestartPolicy?.Condition === 'on-failure' && ContainerSpec['Healthcheck'] !== undefined;
}

/**
 * Why a service that is meant to stay has ended for good: with `on-failure` swarm starts nothing again that ended with 0,
 * and a server that it stops because its check fails mostly does that.
 */
export function endedForGood({ service, tasks }: ServiceView): string | undefined {
  const current = tasks.filter((task) => isCurrent(service, task));
  const [last] = current;
  if (!isMeantToStay(service) || last?.Status.State !== 'complete' || !current.every(hasEnded))
    return undefined;
  return `it ended with ${reasonOf(last)}, by itself or because its health check failed, and its restart_policy is on-failure`;
}

/** Whether swarm starts the service's tasks again however they end, because none is meant to. */
export function restartsAlways({ Spec: { Mode, TaskTemplate } }: Service): boolean {
  const isJob = Mode.ReplicatedJob !== undefined || Mode.GlobalJob !== undefined;
  return !isJob && (TaskTemplate.RestartPolicy?.Condition ?? 'any') === 'any';
}

/**
 * The task because of which swarm stopped an update. Swarm names that and nothing of what was the matter with it, and
 * not even that once it has rolled back: then it is the newest that ended by itself of those made for the change.
 */
export function updateCulprit({ service, tasks }: ServiceView): Task | undefined {
  const { State = '', Message = '' } = service.UpdateStatus ?? {};
  const named = tasks.find(({ ID }) => Message.endsWith(` task ${ID}`));
  if (named || State !== 'rollback_completed') return named;
  // A server that is stopped because its check fails mostly ends with 0.
  const ended = ['failed', 'rejected', 'complete'];
  return tasks.find((task) => ended.includes(task.Status.State) && !isCurrent(service, task));
}

/**
 * State of the last update. Swarm stops at every task that ends early, a one-shot service that has done its work well
 * included; that one is complete.
 */
export function updateState(view: ServiceView): string {
  const state = view.service.UpdateStatus?.State ?? 'none';
  const isDone = !restartsAlways(view.service) && updateCulprit(view)?.Status.State === 'complete';
  return state === 'paused' && isDone ? 'completed' : state;
}

/** Why a task ended, as swarm and the container tell it. */
export function reasonOf({ Status }: Task): string {
  const code = Status.ContainerStatus?.ExitCode;
  const said = Status.Err ?? Status.Message ?? 'no reason given';
  return Status.State === 'rejected' || code === undefined ? said : `exit code ${code} (${said})`;
}

/** How many tasks are meant to run, or for a job to complete. */
export function desiredTasks({ Spec: { Mode }, ServiceStatus }: Service): number {
  return (
    Mode.ReplicatedJob?.TotalCompletions ?? ServiceStatus?.DesiredTasks ?? Mode.Replicated?.Replicas ?? 1
  );
}

export function hasEnded(task: Task): boolean {
  return ENDED.includes(task.Status.State);
}

/** Tasks that ended by themselves in a way that was not wanted. */
export function failures(tasks: readonly Task[]): readonly Task[] {
  return tasks.filter(({ Status }) => Status.State === 'failed' || Status.State === 'rejected');
}

export function toTaskRecord(view: ServiceView, task: Task): TaskRecord {
  const { Status } = task;
  return {
    service: view.name,
    id: task.ID,
    state: Status.State,
    error: Status.Err ?? '',
    exitCode: hasEnded(task) ? Status.ContainerStatus?.ExitCode : undefined,
    at: Status.Timestamp,
  };
}
