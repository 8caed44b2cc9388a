import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { WarmPlace } from '../../domain/plan.ts';
import { ssoProviderSchema, type SsoProvider } from '../../domain/sso.ts';
import { warmPlace, warmRecordSchema, type WarmRecord } from '../../domain/warm.ts';
import type { HostPaths } from '../support/paths.ts';
import { readDocument } from '../support/read-document.ts';
import { writeDurably } from '../support/write-durably.ts';

/** What is known of the provider that is kept warm; undefined when there is none. */
export function readWarmRecord(paths: HostPaths, provider: SsoProvider): Promise<WarmRecord | undefined> {
  return readDocument(paths.warm(provider), warmRecordSchema);
}

export async function writeWarmRecord(paths: HostPaths, record: WarmRecord): Promise<void> {
  await writeDurably(
    paths.warm(warmPlace(record.environment).provider),
    `${JSON.stringify(record, undefined, 2)}\n`,
  );
}

/** Nobody shall plan with that provider any more; the record of another environment stays. */
export async function removeWarmRecord(
  paths: HostPaths,
  { provider, environmentId }: Pick<WarmPlace, 'provider' | 'environmentId'>,
): Promise<void> {
  const record = await readWarmRecord(paths, provider);
  if (record === undefined || record.environment.id === environmentId) {
    await rm(paths.warm(provider), { force: true });
  }
}

/** Those of an installation. */
export async function warmRecords(paths: HostPaths, instance: string): Promise<readonly WarmRecord[]> {
  const known = ssoProviderSchema.options.filter((provider) => existsSync(paths.warm(provider)));
  const records = await Promise.all(known.map((provider) => readWarmRecord(paths, provider)));
  return records
    .filter((record) => record !== undefined)
    .filter((one) => one.environment.instance === instance);
}
