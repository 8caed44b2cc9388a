import { bodyText, faultOf } from '../../domain/http.ts';
import type { App } from '../../domain/plan.ts';
import type { RecipeDefinition } from '../../domain/recipe.ts';
import type { Assertion } from '../../domain/stages.ts';
import type { Platform } from '../platform/port.ts';
import { assertSteady, findEnd, type SteadyTools } from './assert-steady.ts';
import { fetchThroughIngress, inspectCertificate, type TrustedIngress } from './ingress-http.ts';
import type { Operation } from './operation.ts';
import { pollUntil } from './poll-until.ts';
import { assertReady, type ProbeTools } from './ready-probes.ts';

/** What the assertions need besides the app. */
export interface AssertionTools extends ProbeTools, SteadyTools {
  readonly platform: Pick<Platform, 'serviceStates' | 'exec'>;
  readonly ingress: TrustedIngress;
}

const CERTIFICATE_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_DETAIL = 2000;

/**
 * What holds for every installed recipe, whatever it is. Outcomes are data: an assertion that does not hold is reported
 * with what was expected and seen, and the others are still made. Rejects only when the operation is aborted or the
 * platform itself cannot be asked.
 */
export async function assertAppInstalled(
  tools: AssertionTools,
  operation: Operation,
  app: App,
  recipe: RecipeDefinition,
): Promise<Assertion[]> {
  // Once per run: the certificate belongs to the ingress and is the same for every stage. Without a valid one nothing
  // would ever be answered, and the wait for it would be put down to the app.
  const certificate = await assertCertificate(tools, app);
  if (!certificate.ok) return [certificate];
  return [certificate, ...(await assertAppServing(tools, operation, app, recipe))];
}

/** The assertions of every stage after which the app must be in use again: converged, ready, answering. */
export async function assertAppServing(
  tools: AssertionTools,
  operation: Operation,
  app: App,
  recipe: RecipeDefinition,
): Promise<Assertion[]> {
  const converged = await assertSteady(tools, operation, app);
  const ready = await assertReady(tools, operation, app, recipe.ready);
  const answers = await assertAnswers(tools, operation, app, recipe);
  return [converged, ...ready, answers].map(({ name, ok, detail }) => ({
    name,
    ok,
    detail: operation.redact(detail).slice(0, MAX_DETAIL),
  }));
}

async function assertAnswers(
  tools: AssertionTools,
  operation: Operation,
  app: App,
  recipe: RecipeDefinition,
): Promise<Assertion> {
  const { health } = recipe;
  const url = `https://${app.domain}${health.path}`;
  let page = '';
  const outcome = await pollUntil(
    async (leftMs) => {
      const timeoutMs = Math.min(leftMs, REQUEST_TIMEOUT_MS);
      const options = { timeoutMs, accept: health.status, signal: operation.signal };
      const answer = await fetchThroughIngress(tools.ingress, url, options);
      page = bodyText(answer);
      return answer;
    },
    (answer) => faultOf(health, answer),
    {
      timeoutMs: recipe.httpTimeoutSeconds * 1000,
      signal: operation.signal,
      progress: (what) => operation.progress(`${url}: ${what}`),
      giveUp: () => findEnd(tools, app),
    },
  );
  const count = `attempt ${outcome.attempts}, after ${(outcome.elapsedMs / 1000).toFixed(1)} s`;
  // Cut only what has been redacted: half a secret would not be recognised.
  const excerpt = operation.redact(page).trim().slice(0, 200);
  return {
    name: 'answers over the public hostname with the expected status and content',
    ok: outcome.ok,
    detail: outcome.ok
      ? `${url}: ${outcome.lastSeen}; ${count}`
      : `${url}: ${outcome.fault ?? 'no answer'}; last seen: ${outcome.lastSeen}; ${count}` +
        (excerpt === '' ? '' : `; the page began: ${excerpt}`),
  };
}

async function assertCertificate(tools: AssertionTools, app: App): Promise<Assertion> {
  const name = 'serves a certificate that is valid for its hostname';
  const code = 'E_CERTIFICATE';
  try {
    const options = { timeoutMs: CERTIFICATE_TIMEOUT_MS };
    const served = await inspectCertificate(tools.ingress, app.domain, options);
    const what = `${served.names || served.subject}, issued by ${served.issuer}, valid until ${served.validUntil}`;
    const detail = served.fault ? `${served.fault}: ${what}` : what;
    return { name, ok: served.fault === undefined, detail, code };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: `no TLS connection: ${error instanceof Error ? error.message : String(error)}`,
      code,
    };
  }
}
