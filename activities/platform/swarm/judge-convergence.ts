import type { ErrorCode } from '../../../domain/errors.ts';
import {
  desiredTasks,
  endedForGood,
  hasEnded,
  isCurrent,
  reasonOf,
  restartsAlways,
  updateCulprit,
  updateState,
  type ServiceView,
} from './service-state.ts';
import type { Task } from './shapes.ts';

/** A service that can not become ready any more. */
export interface Hopeless {
  readonly code: ErrorCode;
  readonly service: string;
  readonly reason: string;
  /** Id of the task that it came from, where it is a single one. */
  readonly task?: string;
  /** The exits may also be those of a service that waits for another one; its logs tell. */
  readonly mayWait?: boolean;
}

/** What has been seen of the tasks that ended while waiting; swarm itself forgets all but the last few. */
export class TaskHistory {
  readonly #ended = new Map<string, Task>();
  readonly #since: number;

  /** Tasks that failed before `since`, in ms since 1970, belong to an earlier wait that ended well. */
  constructor(since = 0) {
    this.#since = since;
  }

  add(views: readonly ServiceView[]): void {
    for (const { service, tasks } of views) {
      for (const task of tasks) {
        // A one-shot service has done its work whenever that was.
        const counts = endOf(task) > this.#since || !restartsAlways(service);
        if (counts && hasEnded(task) && isCurrent(service, task)) this.#ended.set(task.ID, task);
      }
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
/** The same when each came right after the start: with swarm's delay of 5 s a third would only cost time. */
const QUICK_LOOP = 2;
const QUICK_MS = 4000;
const DEFAULT_DELAY_NS = 5e9;
/** What a service without a health check is given to come up, once its process runs. */
const SETTLE_MS = 6000;
/** The same while other services are not up yet: their absence may be the cause, so it takes more to be sure. */
const LOOP_WHILE_OTHERS_START = 8;
/** Swarm tries a rejected task again, and some first rejections are races with the network or the image store. */
const REJECTIONS = 2;

/** What swarm's scheduler says of a task that no node may run (moby/swarmkit, manager/scheduler/pipeline.go). */
const UNPLACEABLE =
  /no suitable node \((?![^)]*(insufficient|not available|in use))[^)]*(constraints not satisfied|unsupported platform)/i;
const MISSING_IMAGE = /no such image|pull access denied|manifest unknown|repository does not exist/i;

/** Why a service is not ready, or undefined when it is. */
export function blocker(view: ServiceView, history: TaskHistory): string | undefined {
  const { service } = view;
  const desired = desiredTasks(service);
  if (updateState(view) === 'updating') return `being updated, ${view.running.length}/${desired}`;
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
  if (restartsAlways(view.service)) return false;
  const { Mode } = view.service.Spec;
  return (
    history.of(view, ['complete']).length >=
    Math.max(1, Mode.Replicated?.Replicas ?? desiredTasks(view.service))
  );
}

/** The first service that cannot become ready any more, so that nobody has to wait for the timeout. */
export function findHopeless(views: readonly ServiceView[], history: TaskHistory): Hopeless | undefined {
  for (const view of views) {
    const found =
      judgeUpdate(view) ??
      judgePlacement(view) ??
      judgeRejections(view, history) ??
      judgeEnd(view) ??
      judgeExits(view, views, history);
    if (found) return { ...found, service: view.name };
  }
  return undefined;
}

type Finding = Omit<Hopeless, 'service'>;

function judgeUpdate(view: ServiceView): Finding | undefined {
  const state = updateState(view);
  // These never change by themselves any more.
  if (!/^(paused|rollback_)/.test(state)) return undefined;
  const message = view.service.UpdateStatus?.Message ?? 'no reason given';
  const culprit = updateCulprit(view);
  const why = culprit && hasEnded(culprit) ? `: ${reasonOf(culprit)}` : '';
  const code = culprit?.Status.State === 'rejected' ? rejectionCode(culprit) : 'E_CRASH_LOOP';
  const from = culprit === undefined ? {} : { task: culprit.ID };
  return { code, reason: `update ${state}: ${message}${why}`, ...from };
}

function rejectionCode(task: Task): ErrorCode {
  return MISSING_IMAGE.test(reasonOf(task)) ? 'E_IMAGE_UNKNOWN' : 'E_TASK_REJECTED';
}

/** Lack of memory heals when other apps go; that no node is of the kind asked for does not. */
function judgePlacement({ wanted }: ServiceView): Finding | undefined {
  const stuck = wanted.find(({ Status }) => Status.State === 'pending' && UNPLACEABLE.test(Status.Err ?? ''));
  return stuck && { code: 'E_TASK_REJECTED', reason: reasonOf(stuck) };
}

function judgeRejections(view: ServiceView, history: TaskHistory): Finding | undefined {
  const rejected = history.of(view, ['rejected']);
  const [last] = rejected.slice(-1);
  if (rejected.length < REJECTIONS || !last) return undefined;
  return { code: rejectionCode(last), reason: reasonOf(last) };
}

function judgeEnd(view: ServiceView): Finding | undefined {
  const reason = endedForGood(view);
  return reason === undefined ? undefined : { code: 'E_CRASH_LOOP', reason };
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
  const upSince = Math.max(0, ...others.flatMap(readySince));
  const othersUp = others.every((other) => blocker(other, history) === undefined);
  const counted = othersUp ? same.filter((task) => endOf(task) > upSince) : [];
  const quick = counted.filter((task) => isQuick(view, task));
  const found: Finding = { code: 'E_CRASH_LOOP', reason: why };
  if (same.length >= LOOP_WHILE_OTHERS_START) return found;
  if (counted.length < LOOP && quick.length < QUICK_LOOP) return undefined;
  // One that runs at the moment may just have found what it waited for.
  if (views.length > 1 && view.running.length >= desiredTasks(view.service)) return undefined;
  return { ...found, mayWait: views.length > 1 };
}

/** From when on the tasks of a service are taken to answer: swarm calls those with a check running when it has passed. */
function readySince({ running, health }: ServiceView): number[] {
  return running.map((task) => endOf(task) + (health === 'healthy' ? 0 : SETTLE_MS));
}

/** Whether a task ended right after its start; swarm makes it the restart delay before that. */
function isQuick({ service }: ServiceView, task: Task): boolean {
  const delayNs = service.Spec.TaskTemplate.RestartPolicy?.Delay ?? DEFAULT_DELAY_NS;
  return endOf(task) - Date.parse(task.CreatedAt) <= delayNs / 1e6 + QUICK_MS;
}

/** What apps print that end because another service does not answer yet (spec F-54). */
const WAITING =
  /ECONNREFUSED|EAI_AGAIN|ENOTFOUND|connection refused|no such host|name or service not known|name resolution|is (the server running|starting up)|(could ?n[o']t|can ?not|can't|unable to|failed to|waiting to) (connect|reach|resolve)|waiting for/i;

/** Whether the last words of a service that keeps exiting are those of one that waits for another. */
export function saysItWaits(logLines: string): boolean {
  return WAITING.test(logLines);
}

function exitsOf(view: ServiceView, history: TaskHistory): readonly Task[] {
  return history.of(view, ['failed', 'complete']);
}

/** When the task came into its present state. */
function endOf(task: Task): number {
  return Date.parse(task.Status.Timestamp);
}
