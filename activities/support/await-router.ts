import { isIngressNotFound } from '../../domain/http.ts';
import type { App } from '../../domain/plan.ts';
import { fetchThroughIngress, type TrustedIngress } from './ingress-http.ts';
import type { Operation } from './operation.ts';
import { pollUntil } from './poll-until.ts';

/** The ingress looks for new services once a second. */
const PATIENCE_MS = 60_000;

/**
 * Waits until the ingress has a router for the app, which lags behind its health (spec H-02). What the app answers does not
 * matter, and neither whether there ever is one: whoever asks next will say so.
 */
export async function awaitRouter(ingress: TrustedIngress, operation: Operation, app: App): Promise<void> {
  const { signal } = operation;
  const ask = (timeoutMs: number) =>
    fetchThroughIngress(ingress, `https://${app.domain}/`, { timeoutMs, signal });
  const outcome = await pollUntil(
    ask,
    (answer) => (isIngressNotFound(answer) ? 'no router answers for its host' : undefined),
    { timeoutMs: PATIENCE_MS, signal },
  );
  if (!outcome.ok) operation.log(`${app.domain}: ${outcome.fault ?? outcome.lastSeen}`);
}
