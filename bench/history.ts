import { withClient } from '../client/connection.ts';
import { loadClientConfig } from '../client/config.ts';
import { guardId } from '../domain/ids.ts';
import { runLifecycle } from './cc-ci-run.ts';
import { sizeOf, type HistorySize } from './history-size.ts';

/** How much a whole lifecycle makes Temporal keep: of the run, and beside it of its guard. */
export async function history(): Promise<HistorySize & { readonly guard: HistorySize }> {
  const { runId, environmentId = '' } = await runLifecycle();
  return withClient(loadClientConfig(process.env), async (client) => ({
    ...(await sizeOf(client, runId)),
    guard: await sizeOf(client, guardId(runId, environmentId)),
  }));
}
