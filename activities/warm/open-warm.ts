import type { WarmPlace } from '../../domain/plan.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import { accessToWarm } from '../sso/access.ts';
import type { IdentityProvider } from '../sso/provider.ts';
import { runProvider } from '../sso/run-provider.ts';
import type { Operation } from '../support/operation.ts';
import { trustedIngress } from '../support/trusted-ingress.ts';

/** The provider that is kept warm, as an operation on whatever environment may use it. */
export async function openWarm(
  deps: HostDependencies,
  operation: Operation,
  place: WarmPlace,
  timeoutMs: number,
): Promise<IdentityProvider> {
  const access = await accessToWarm(deps.platform, operation, place);
  return runProvider(operation, access, await trustedIngress(deps.config), timeoutMs);
}
