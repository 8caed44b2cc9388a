/** The removal of realms at providers that are kept warm, switched off: nobody sees them, and nobody removes them. */
import type { InventoryItem } from '../../../activities/platform/port.ts';

export { realmsByName, realmsOfInstance } from '../../../activities/warm/realms.ts';

export function realmsLeft(): Promise<readonly InventoryItem[]> {
  return Promise.resolve([]);
}

export function removeRealm(): Promise<void> {
  return Promise.resolve();
}
