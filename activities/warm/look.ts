import { faultOf } from '../../domain/http.ts';
import type { WarmPlace } from '../../domain/plan.ts';
import type { WarmLook } from '../../domain/warm.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import { fetchThroughIngress } from '../support/ingress-http.ts';
import { loadRecipe } from '../support/load-recipe.ts';
import type { Operation } from '../support/operation.ts';
import { trustedIngress } from '../support/trusted-ingress.ts';
import { openWarm } from './open-warm.ts';
import { stands } from './realms.ts';

const PAGE_MS = 10_000;
/** Bound on each of the two calls to its administration. */
const CALL_MS = 30_000;

/** Why the provider does not serve over its public hostname; undefined when it does. Needs no secret. */
export async function faultOfPage(
  deps: HostDependencies,
  { signal }: Pick<Operation, 'signal'>,
  { app }: WarmPlace,
): Promise<string | undefined> {
  const { definition } = await loadRecipe(app.recipe, deps.checkout);
  const { health } = definition;
  try {
    const url = `https://${app.domain}${health.path}`;
    const options = { timeoutMs: PAGE_MS, accept: health.status, signal };
    return faultOf(health, await fetchThroughIngress(await trustedIngress(deps.config), url, options));
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a run could use the provider now: it serves, and lets its administrator in. Takes 70 seconds at most. */
export async function lookAt(
  deps: HostDependencies,
  operation: Operation,
  place: WarmPlace,
): Promise<WarmLook> {
  const at = () => new Date().toISOString();
  const unhealthy = async (reason: string): Promise<WarmLook> => ({
    healthy: false,
    reason: operation.redact(reason).slice(0, 400),
    // One that cannot be asked may have realms, unless nothing of it is there at all.
    ...((await stands(deps, operation, place)) ? {} : { realms: 0 }),
    at: at(),
  });
  const page = await faultOfPage(deps, operation, place);
  if (page !== undefined) return unhealthy(page);
  try {
    const provider = await openWarm(deps, operation, place, CALL_MS);
    const fault = await provider.health();
    if (fault !== undefined) return await unhealthy(fault);
    return { healthy: true, realms: (await provider.listRealms()).length, at: at() };
  } catch (error) {
    operation.signal.throwIfAborted();
    return unhealthy(error instanceof Error ? error.message : String(error));
  }
}
