import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../../domain/plan.ts';
import type { Assertion } from '../../domain/stages.ts';
import type { Platform, ServiceState } from '../platform/port.ts';
import type { Operation } from './operation.ts';

export interface SteadyTools {
  readonly platform: Pick<Platform, 'serviceStates'>;
  /** Every task must have been running for this long, in ms; not waited for when absent. */
  readonly minUpMs?: number;
}

const POLL_MS = 500;
/** What a task must live longer than the one that crashed before it. */
const MARGIN_MS = 5000;
/** A crash after a longer life is not waited for again. */
const MAX_WATCH_MS = 60_000;

/**
 * That every service has what it asks for, and goes on having it. A service that crashed since it had converged is
 * watched until its new task has outlived the crashed one: a single crash is told, a loop is a fault.
 */
export async function assertSteady(tools: SteadyTools, operation: Operation, app: App): Promise<Assertion> {
  const before = await tools.platform.serviceStates(app);
  let states = before;
  for (;;) {
    operation.signal.throwIfAborted();
    const faults = [...states.flatMap(faultsOf), ...states.flatMap((state) => crashedAgain(state, before))];
    const name = 'every service has converged';
    if (states.length === 0) return { name, ok: false, detail: 'the app has no services' };
    if (faults.length > 0) return { name, ok: false, detail: faults.join('; ') };
    const young = states.filter((state) => (state.upMs ?? Infinity) < neededMs(tools, state));
    if (young.length === 0) return { name, ok: true, detail: states.map(describe).join(', ') };
    operation.progress(`${app.domain}: watching ${young.map(({ service }) => service).join(', ')}`);
    await delay(POLL_MS, undefined, { signal: operation.signal }).catch(() =>
      operation.signal.throwIfAborted(),
    );
    states = await tools.platform.serviceStates(app);
  }
}

/** Replicas alone prove nothing: an update may be under way or rolled back, and a check may not have passed yet. */
function faultsOf(state: ServiceState): string[] {
  const faults = [
    ...(state.running === state.desired
      ? []
      : [`${state.running} of ${state.desired} tasks run${crashText(state)}${endText(state)}`]),
    ...(['none', 'completed'].includes(state.update) ? [] : [`its update is ${state.update}`]),
    ...(['none', 'healthy'].includes(state.health) ? [] : [`it is ${state.health}`]),
  ];
  return faults.length === 0 ? [] : [`${state.service}: ${faults.join(', ')}`];
}

function crashedAgain(state: ServiceState, before: readonly ServiceState[]): string[] {
  const known = before.find(({ service }) => service === state.service)?.crashes?.count ?? 0;
  return (state.crashes?.count ?? 0) > known
    ? [`${state.service}: it crashes again and again${crashText(state)}`]
    : [];
}

function crashText({ crashes }: ServiceState): string {
  return crashes ? `, ${crashes.count} ended since it had converged: ${crashes.reason}` : '';
}

function endText({ ended }: ServiceState): string {
  return ended === undefined ? '' : `: ${ended}`;
}

/** Why waiting for the app is in vain: a service of it has ended for good. */
export async function findEnd({ platform }: SteadyTools, app: App): Promise<string | undefined> {
  const states = await platform.serviceStates(app);
  const gone = states.find(({ ended }) => ended !== undefined);
  return gone && `${gone.service}${endText(gone)}`;
}

function neededMs({ minUpMs = 0 }: SteadyTools, { crashes }: ServiceState): number {
  return Math.max(minUpMs, crashes ? Math.min(crashes.longestMs + MARGIN_MS, MAX_WATCH_MS) : 0);
}

function describe(state: ServiceState): string {
  return `${state.service} ${state.running}/${state.desired}${crashText(state)}`;
}
