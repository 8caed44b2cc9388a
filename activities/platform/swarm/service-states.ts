import { CCI_LABELS } from '../../../domain/labels.ts';
import type { App } from '../../../domain/plan.ts';
import { readLedger, type LedgerEntry } from '../../support/ledger.ts';
import type { ServiceState } from '../port.ts';
import {
  endedForGood,
  isCurrent,
  reasonOf,
  restartsAlways,
  toServiceState,
  viewServices,
  type ServiceView,
} from './service-state.ts';
import type { SwarmContext } from './swarm-context.ts';

/** The services of an app, with what has ended by itself since its deploy had first converged. */
export async function serviceStates(
  { docker, paths }: SwarmContext,
  app: App,
): Promise<readonly ServiceState[]> {
  const views = await viewServices(docker, app);
  // The services say whose they are; nobody has to be asked which environment this is.
  const environmentId = views[0]?.service.Spec.Labels[CCI_LABELS.environment];
  const entries = environmentId ? await readLedger(paths.environment(environmentId).ledger) : [];
  const now = Date.now();
  return views.map((view) => ({
    ...toServiceState(view),
    ...upTime(view, now),
    ...crashesSince(view, convergedAt(view, entries)),
    ...end(view),
  }));
}

/** When the deploy that the service carries had first converged. */
function convergedAt({ service }: ServiceView, entries: readonly LedgerEntry[]): number | undefined {
  const deployId = service.Spec.Labels[CCI_LABELS.deploy];
  const entry = entries.find((one) => one.kind === 'converged' && one.deployId === deployId);
  return entry && Date.parse(entry.at);
}

function upTime({ running }: ServiceView, now: number): Pick<ServiceState, 'upMs'> {
  const since = running.map((task) => Date.parse(task.Status.Timestamp));
  return since.length === 0 ? {} : { upMs: Math.max(0, now - Math.max(...since)) };
}

function end(view: ServiceView): Pick<ServiceState, 'ended'> {
  const ended = endedForGood(view);
  return ended === undefined ? {} : { ended };
}

/** Exits before the app was up say nothing: many apps exit until their database answers. */
export function crashesSince(view: ServiceView, since: number | undefined): Pick<ServiceState, 'crashes'> {
  if (since === undefined) return {};
  const ended = restartsAlways(view.service) ? ['failed', 'rejected', 'complete'] : ['failed', 'rejected'];
  const crashed = view.tasks.filter(
    (task) =>
      ended.includes(task.Status.State) &&
      isCurrent(view.service, task) &&
      Date.parse(task.Status.Timestamp) > since,
  );
  const [last] = crashed;
  if (!last) return {};
  const lives = crashed.map((task) => Date.parse(task.Status.Timestamp) - Date.parse(task.CreatedAt));
  return { crashes: { count: crashed.length, reason: reasonOf(last), longestMs: Math.max(0, ...lives) } };
}
