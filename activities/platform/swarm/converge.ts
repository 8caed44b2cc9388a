import { cpus, loadavg } from 'node:os';
import { CodedError } from '../../../domain/errors.ts';
import type { App } from '../../../domain/plan.ts';
import { appendLedger, intentsOf, readLedger } from '../../support/ledger.ts';
import type { Operation } from '../../support/operation.ts';
import type { ServiceState } from '../port.ts';
import { createChangeBell } from './change-bell.ts';
import { blocker, findHopeless, saysItWaits, TaskHistory, type Hopeless } from './judge-convergence.ts';
import { lastLogLines } from './logs.ts';
import { settledAt, toServiceState, viewServices, type ServiceView } from './service-state.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Swarm sends no events for the states of tasks, so a look without an event is needed as well. */
const TICK_MS = 250;
const LOG_LINES = 10;

/**
 * Waits until every service of the app has what it asks for: replicas, a settled update, health, and tasks that have
 * stayed for a while where no check vouches for them. Rejects as soon as a service cannot get there, with its last log
 * lines.
 */
export async function converge(
  context: SwarmContext,
  operation: Operation,
  app: App,
  options: { readonly timeoutMs: number },
): Promise<readonly ServiceState[]> {
  const end = Date.now() + options.timeoutMs;
  const history = new TaskHistory(await lastConverged(context, operation, app));
  const bell = await createChangeBell(context.docker, operation.signal);
  try {
    for (;;) {
      operation.signal.throwIfAborted();
      const views = await viewServices(context.docker, app);
      history.add(views);
      const hopeless = findHopeless(views, history);
      if (hopeless) {
        const lines = await lastLogLines(context, operation, app, hopeless, LOG_LINES);
        if (!hopeless.mayWait || !saysItWaits(lines)) throw failure(operation, hopeless, lines);
      }
      const blocking = describeBlockers(views, history);
      const remaining = Math.max(0, ...views.map(settledAt)) - Date.now();
      if (blocking === '' && remaining <= 0) {
        await noteConverged(context, operation, app);
        return views.map(toServiceState);
      }
      operation.progress(`${app.domain}: ${blocking === '' ? 'settling' : blocking}`);
      if (Date.now() > end) throw await timedOut(context, operation, app, options.timeoutMs, views, history);
      await bell.wait(blocking === '' ? Math.min(TICK_MS, remaining) : TICK_MS);
    }
  } finally {
    bell.stop();
  }
}

/** Once for each deploy: what ends by itself from then on is no longer part of coming up. */
async function noteConverged({ paths }: SwarmContext, operation: Operation, app: App): Promise<void> {
  const { ledger } = paths.environment(operation.environment.id);
  const entries = await readLedger(ledger);
  const deployId = intentsOf(entries, app.role).at(-1)?.deployId;
  if (deployId === undefined) return;
  if (entries.some((entry) => entry.kind === 'converged' && entry.deployId === deployId)) return;
  await appendLedger(ledger, { kind: 'converged', deployId });
}

/** When a deploy of the app was last seen settled for the first time, in ms since 1970; undefined before that. */
async function lastConverged(
  { paths }: SwarmContext,
  operation: Operation,
  app: App,
): Promise<number | undefined> {
  const entries = await readLedger(paths.environment(operation.environment.id).ledger);
  const deploys = new Set(intentsOf(entries, app.role).map(({ deployId }) => deployId));
  const last = entries.findLast((entry) => entry.kind === 'converged' && deploys.has(entry.deployId));
  return last && Date.parse(last.at);
}

function describeBlockers(views: readonly ServiceView[], history: TaskHistory): string {
  if (views.length === 0) return 'no service exists yet';
  const found = views.flatMap((view) => {
    const reason = blocker(view, history);
    return reason === undefined ? [] : [`${view.name}: ${reason}`];
  });
  return found.join('; ');
}

function failure(operation: Operation, { code, service, reason }: Hopeless, lines: string): CodedError {
  return new CodedError(code, `${service}: ${operation.redact(reason)}${lines}`);
}

async function timedOut(
  context: SwarmContext,
  operation: Operation,
  app: App,
  timeoutMs: number,
  views: readonly ServiceView[],
  history: TaskHistory,
): Promise<CodedError> {
  const first = views.find((view) => blocker(view, history) !== undefined);
  const lines = first ? await lastLogLines(context, operation, app, { service: first.name }, LOG_LINES) : '';
  const blocking = describeBlockers(views, history) || 'the tasks keep changing';
  return new CodedError(
    'E_CONVERGE_TIMEOUT',
    `after ${timeoutMs / 1000} s at ${hostLoad()}: ${operation.redact(blocking)}${lines}`,
  );
}

/** Of the last 5 minutes: a deploy that is only slow on a busy host is no regression of the recipe (spec F-56). */
function hostLoad(): string {
  return `a load of ${(loadavg()[1] ?? 0).toFixed(1)} on ${cpus().length} processors`;
}
