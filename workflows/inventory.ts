import type { InventoryItem } from '../activities/platform/port.ts';
import { hostCleanup } from './activity-options.ts';

export interface InventoryInput {
  readonly host: string;
  readonly instance: string;
}

/** Lists what exists on a host with the label of an instance, so that clients need no access to the host. */
export async function inventory(input: InventoryInput): Promise<readonly InventoryItem[]> {
  return hostCleanup(input.host).takeInventory.executeWithOptions({ summary: `inventory of ${input.host}` }, [
    { instance: input.instance },
  ]);
}
