import { faultOf } from '../../../domain/http.ts';
import type { App } from '../../../domain/plan.ts';
import type { Health } from '../../../domain/recipe.ts';
import { fetchThroughIngress, type TrustedIngress } from '../ingress-http.ts';
import type { Operation } from '../operation.ts';
import { appendSample } from './samples.ts';

const INTERVAL_MS = 100;
/** A visitor who waits longer than this for a page calls it down. */
const REQUEST_TIMEOUT_MS = 1000;

export interface DowntimeWatch {
  /** Sends nothing more, and resolves when the requests under way have ended. Never rejects. */
  readonly stop: () => Promise<void>;
}

/**
 * Asks for the app's health page at its public hostname every 100 ms, each time over a new connection, and appends what
 * it sees to `file`, until stopped or the operation is aborted. Whatever goes wrong with it is the watch's own affair.
 */
export function watchDowntime(
  ingress: TrustedIngress,
  operation: Operation,
  target: { readonly app: App; readonly health: Health; readonly file: string },
): DowntimeWatch {
  const { app, health, file } = target;
  const url = `https://${app.domain}${health.path}`;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const beginning = performance.now();

  const ask = async (): Promise<void> => {
    const at = Date.now();
    const start = performance.now();
    const fault = await fetchThroughIngress(ingress, url, {
      timeoutMs: REQUEST_TIMEOUT_MS,
      accept: health.status,
      signal: operation.signal,
    }).then((answer) => faultOf(health, answer), messageOf);
    // Requests that the abort has ended say nothing about the app.
    if (operation.signal.aborted) return;
    const tookMs = Math.round(performance.now() - start);
    const seen = { environment: operation.environment.id, at, tookMs, ok: fault === undefined };
    appendSample(
      file,
      fault === undefined ? seen : { ...seen, fault: operation.redact(fault).slice(0, 200) },
    );
  };

  let timer: NodeJS.Timeout | undefined;
  const tick = () => {
    if (stopping.signal.aborted || operation.signal.aborted) return;
    const asking: Promise<void> = ask()
      .catch((error: unknown) => operation.log(`downtime: ${messageOf(error)}`))
      .finally(() => underWay.delete(asking));
    underWay.add(asking);
    // Counted from the beginning, so that neither a late timer nor a busy worker shifts what follows.
    const passed = performance.now() - beginning;
    timer = setTimeout(tick, INTERVAL_MS - (passed % INTERVAL_MS));
  };
  tick();

  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
