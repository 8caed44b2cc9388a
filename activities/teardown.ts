import type { Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { asGuard } from './in-environment.ts';
import type { InventoryItem } from './platform/port.ts';
import type { Operation } from './support/operation.ts';
import type { RemovalPass } from './types.ts';

/** Nothing else may act on the environment any more. */
export function closeFence(deps: HostDependencies, environment: Environment): Promise<{ killed: number }> {
  return asGuard(deps, environment, (_operation, killed) => Promise.resolve({ killed }));
}

/** One pass: attempts to remove everything, whatever fails, then looks what is left. */
export function removeEnvironment(deps: HostDependencies, environment: Environment): Promise<RemovalPass> {
  return asGuard(deps, environment, async (operation) => {
    const before = await deps.platform.inventory({ environment });
    await removeAll(deps, operation);
    const after = await deps.platform.inventory({ environment });
    const staying = new Set(after.map(key));
    return { removed: before.filter((item) => !staying.has(key(item))).map(owned), left: after.map(owned) };
  });
}

async function removeAll({ platform }: HostDependencies, operation: Operation): Promise<void> {
  const attempt = async (what: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      operation.signal.throwIfAborted();
      // The next look decides; one failure must not keep the rest from being tried (spec R-48).
      operation.log(`${what}: ${String(error)}`);
    }
  };
  for (const app of [...operation.environment.apps].reverse()) {
    await attempt(`undeploy ${app.domain}`, () => platform.undeploy(operation, app));
    await attempt(`remove the data of ${app.domain}`, () => platform.removeData(operation, app));
  }
  await attempt('remove the files', () => platform.removeFiles(operation));
}

const key = (item: InventoryItem) => `${item.kind} ${item.name}`;
const owned = ({ kind, name }: InventoryItem) => ({ kind, name });
