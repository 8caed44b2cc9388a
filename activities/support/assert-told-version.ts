import type { HttpAnswer } from '../../domain/http.ts';
import { coopLabel } from '../../domain/labels.ts';
import type { App, Version } from '../../domain/plan.ts';
import type { RecipeDefinition } from '../../domain/recipe.ts';
import type { Assertion } from '../../domain/stages.ts';
import { isToldVersion, toldVersion, upstreamPart } from '../../domain/told-version.ts';
import type { Platform } from '../platform/port.ts';
import { fetchThroughIngress, type TrustedIngress } from './ingress-http.ts';
import type { Operation } from './operation.ts';
import { pollUntil } from './poll-until.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** The app has converged and answers; only the ingress may still know a task that is going away. */
const TIMEOUT_MS = 20_000;

export interface ToldVersionTools {
  readonly platform: Pick<Platform, 'serviceFacts'>;
  readonly ingress: TrustedIngress;
  /** 20 s when absent. */
  readonly timeoutMs?: number;
}

/** Asks the app over its public hostname which version it is, and compares that with the upstream part of the version. */
export async function assertToldVersion(
  tools: ToldVersionTools,
  operation: Operation,
  { app, version }: { readonly app: App; readonly version: Version },
  place: NonNullable<RecipeDefinition['version']>,
): Promise<Assertion> {
  const name = 'tells the version that was deployed';
  // What runs has been proven already, so it is the recipe's label that is not true.
  const code = 'E_ASSERTION';
  const full = version.tag ?? (await labelled(tools, app));
  const upstream = full === undefined ? undefined : upstreamPart(full);
  if (upstream === undefined) {
    return {
      name,
      ok: false,
      detail: `no upstream version is known: ${full ?? 'no tag and no label'}`,
      code,
    };
  }
  const fault = (answer: HttpAnswer): string | undefined => {
    const told = toldVersion(place, answer);
    if (told === undefined) return `status ${answer.status} without a version`;
    return isToldVersion(told, upstream) ? undefined : `it says ${told}`;
  };
  const url = `https://${app.domain}${place.path}`;
  const outcome = await pollUntil(
    (leftMs) => {
      const timeoutMs = Math.min(leftMs, REQUEST_TIMEOUT_MS);
      return fetchThroughIngress(tools.ingress, url, { timeoutMs, signal: operation.signal });
    },
    fault,
    { timeoutMs: tools.timeoutMs ?? TIMEOUT_MS, signal: operation.signal },
  );
  const seen = outcome.ok ? 'and says so' : (outcome.fault ?? 'no answer');
  return { name, ok: outcome.ok, detail: operation.redact(`${url}: ${upstream} expected, ${seen}`), code };
}

/** Version label of what runs; that it is the one of the rendered stack is proven separately. */
async function labelled({ platform }: ToldVersionTools, app: App): Promise<string | undefined> {
  const label = coopLabel(app.stack, 'version');
  const facts = await platform.serviceFacts(app);
  return facts.map(({ labels }) => labels[label]).find((value) => value !== undefined);
}
