import type { App, Environment } from '../domain/plan.ts';
import type { HostDependencies } from './host-dependencies.ts';
import { asGuard } from './in-environment.ts';
import type { InventoryItem } from './platform/port.ts';
import type { Operation } from './support/operation.ts';
import type { RemovalPass } from './types.ts';
import { realmsLeft, removeRealm } from './warm/realms.ts';

/** Nothing else may act on the environment any more. */
export function closeFence(deps: HostDependencies, environment: Environment): Promise<{ killed: number }> {
  return asGuard(deps, environment, (_operation, killed) => Promise.resolve({ killed }));
}

/** One pass: attempts to remove everything, whatever fails, then looks what is left. */
export function removeEnvironment(deps: HostDependencies, environment: Environment): Promise<RemovalPass> {
  return asGuard(deps, environment, async (operation) => {
    const look = async () => [
      ...(await deps.platform.inventory({ environment })),
      ...(await realmsLeft(deps, operation)),
    ];
    const before = await look();
    await removeAll(deps, operation);
    const after = await look();
    const staying = new Set(after.map(key));
    return { removed: before.filter((item) => !staying.has(key(item))).map(owned), left: after.map(owned) };
  });
}

/** The app, then its realms, which it may be using, then what it needed, in reverse. */
async function removeAll(deps: HostDependencies, operation: Operation): Promise<void> {
  const { platform } = deps;
  const attempt = async (what: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      operation.signal.throwIfAborted();
      // The next look decides; one failure must not keep the rest from being tried (spec R-48).
      operation.log(`${what}: ${String(error)}`);
    }
  };
  const removeApp = async (app: App) => {
    await attempt(`undeploy ${app.domain}`, () => platform.undeploy(operation, app));
    await attempt(`remove the data of ${app.domain}`, () => platform.removeData(operation, app));
  };
  const { apps, realms = [] } = operation.environment;
  const [own, ...needed] = apps.toReversed();
  if (own) await removeApp(own);
  for (const realm of realms) {
    await attempt(`remove the realm ${realm.name}`, () => removeRealm(deps, operation, realm));
  }
  for (const app of needed) await removeApp(app);
  await attempt('remove the files', () => platform.removeFiles(operation));
}

const key = (item: InventoryItem) => `${item.kind} ${item.name}`;
const owned = ({ kind, name }: InventoryItem) => ({ kind, name });
