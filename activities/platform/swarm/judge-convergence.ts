import type { ErrorCode } from '../../../domain/errors.ts';
import { desiredTasks, hasEnded, isCurrent, type ServiceView } from './service-state.ts';
import type { Task } from './shapes.ts';

/** A service that can not become ready any more. */
export interface Hopeless {
  readonly code: ErrorCode;
  readonly service: string;
  readonly reason: string;
}

/** What has been seen of the tasks that ended while waiting; swarm itself forgets all but the last few. */
export class TaskHistory {
  readonly #ended = new Map<string, Task>();

  add(views: readonly ServiceView[]): void {
    for (const { service, tasks } of views) {
      for (const task of tasks)
        if (hasEnded(task) && isCurrent(service, task)) this.#ended.set(task.ID, task);
    }
  }

  /** Tasks of a service that ended, by state. */
  of(view: ServiceView, states: readonly string[]): readonly Task[] {
    return [...this.#ended.values()].filter(
      (task) => task.ServiceID === view.service.ID && states.includes(task.Status.State),
    );
  }
}

/** Exits with one code after which a service is not expected to come up any more. */
const LOOP = 3;
/** The same while other services are not up yet: their absence may be the cause, so it takes more to be sure. */
const LOOP_WHILE_OTHERS_START = 8;
/** Swarm tries a rejected task again, and some first rejections are races with the network or the image store. */
const REJECTIONS = 2;

const MISSING_IMAGE = /no such image|pull access denied|manifest unknown|repository does not exist/i;

/** Why a service is not ready, or undefined when it is. */
export function blocker(view: ServiceView, history: TaskHistory): string | undefined {
  const { service } = view;
  const desired = desiredTasks(service);
  const state = service.UpdateStatus?.State ?? 'none';
  if (state === 'updating') return `being updated, ${view.running.length}/${desired}`;
  if (isDone(view, history)) return undefined;
  if (view.running.length !== desired) {
    const [newest] = view.wanted;
    const what = newest ? newest.Status.State : 'no task yet';
    const error = newest?.Status.Err ? ` (${newest.Status.Err})` : '';
    return `${what}${error}, ${view.running.length}/${desired}`;
  }
  // A task of the previous specification that still runs would go on answering.
  const old = view.tasks.filter((task) => task.Status.State === 'running' && !view.running.includes(task));
  if (old.length > 0) return `${old.length} old tasks still run`;
  if (view.health === 'starting' || view.health === 'unhealthy') return view.health;
  return undefined;
}

/** A one-shot service: its tasks have completed, and swarm does not start them again. */
function isDone(view: ServiceView, history: TaskHistory): boolean {
  const { Mode, TaskTemplate } = view.service.Spec;
  const isJob = Mode.ReplicatedJob !== undefined || Mode.GlobalJob !== undefined;
  const condition = TaskTemplate.RestartPolicy?.Condition ?? 'any';
  if (!isJob && condition === 'any') return false;
  return (
    history.of(view, ['complete']).length >=
    Math.max(1, Mode.Replicated?.Replicas ?? desiredTasks(view.service))
  );
}

/** The first service that cannot become ready any more, so that nobody has to wait for the timeout. */
export function findHopeless(views: readonly ServiceView[], history: TaskHistory): Hopeless | undefined {
  for (const view of views) {
    const found = judgeUpdate(view) ?? judgeRejections(view, history) ?? judgeExits(view, views, history);
    if (found) return { ...found, service: view.name };
  }
  return undefined;
}

type Finding = Omit<Hopeless, 'service'>;

function judgeUpdate({ service }: ServiceView): Finding | undefined {
  const state = service.UpdateStatus?.State ?? 'none';
  // These never change by themselves any more.
  if (!/^(paused|rollback_)/.test(state)) return undefined;
  return {
    code: 'E_CRASH_LOOP',
    reason: `update ${state}: ${service.UpdateStatus?.Message ?? 'no reason given'}`,
  };
}

function judgeRejections(view: ServiceView, history: TaskHistory): Finding | undefined {
  const rejected = history.of(view, ['rejected']);
  const [last] = rejected.slice(-1);
  if (rejected.length < REJECTIONS || !last) return undefined;
  const reason = last.Status.Err ?? last.Status.Message ?? 'no reason given';
  return { code: MISSING_IMAGE.test(reason) ? 'E_IMAGE_UNKNOWN' : 'E_TASK_REJECTED', reason };
}

function judgeExits(
  view: ServiceView,
  views: readonly ServiceView[],
  history: TaskHistory,
): Finding | undefined {
  const condition = view.service.Spec.TaskTemplate.RestartPolicy?.Condition ?? 'any';
  // A service that is started again whatever happens must not end, not even well.
  const exits = history.of(view, condition === 'any' ? ['failed', 'complete'] : ['failed']);
  const [last] = [...exits].sort((a, b) => endOf(b) - endOf(a));
  if (!last) return undefined;
  const code = last.Status.ContainerStatus?.ExitCode;
  const same = exits.filter((task) => task.Status.ContainerStatus?.ExitCode === code);
  const why = `${same.length} times exit code ${code ?? 'unknown'}${last.Status.Err ? ` (${last.Status.Err})` : ''}`;
  if (condition === 'none' && view.wanted.length === 0) {
    return { code: 'E_CRASH_LOOP', reason: `${why}, and it is not started again` };
  }
  // Exits before the others were up say nothing: many apps exit until their database answers.
  const others = views.filter((other) => other !== view && exitsOf(other, history).length === 0);
  const upSince = Math.max(0, ...others.flatMap((other) => other.running.map(endOf)));
  const othersUp = others.every((other) => blocker(other, history) === undefined);
  const counted = othersUp ? same.filter((task) => endOf(task) > upSince).length : 0;
  if (counted >= LOOP || same.length >= LOOP_WHILE_OTHERS_START) return { code: 'E_CRASH_LOOP', reason: why };
  return undefined;
}

function exitsOf(view: ServiceView, history: TaskHistory): readonly Task[] {
  return history.of(view, ['failed', 'complete']);
}

/** When the task came into its present state. */
function endOf(task: Task): number {
  return Date.parse(task.Status.Timestamp);
}
