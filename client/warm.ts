import { setTimeout as delay } from 'node:timers/promises';
import {
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { ClientConfig } from '../domain/config.ts';
import { warmProviderId } from '../domain/ids.ts';
import { DECISIONS_QUEUE } from '../domain/queues.ts';
import { ssoProviderSchema, type SsoProvider } from '../domain/sso.ts';
import { PROBE_EVERY_MS, warmStatusSchema, type WarmInput, type WarmStatus } from '../domain/warm.ts';
import { isTransient, within } from './rpc.ts';
import { BROKEN, UserError } from './user-error.ts';

const ANSWER_MS = 8_000;
/** An upgrade is considered by reading the recipe and asking the provider. */
const CONSIDER_MS = 120_000;
const INTERVAL_MS = 1_000;
/** Of a host on which nobody works nothing is heard for that long. */
const SILENT_MS = 120_000;

/** @throws UserError when the recipe cannot be kept warm */
export function parseProvider(name: string): SsoProvider {
  const provider = ssoProviderSchema.safeParse(name).data;
  if (provider) return provider;
  throw new UserError(
    `"${name}" is no identity provider: runs could not share it`,
    `Give one of ${ssoProviderSchema.options.join(', ')}`,
  );
}

/**
 * Brings the provider up, or to the newest published version where that has proven itself; follows until it serves.
 * @param onNews told how it stands, whenever that changes
 * @throws UserError when it is refused, or does not come up
 */
export async function bringUp(
  client: Client,
  config: ClientConfig,
  recipe: SsoProvider,
  onNews: (status: WarmStatus) => void,
): Promise<WarmStatus> {
  const { CCI_HOST: host, CCI_INSTANCE: instance, CCI_ZONE: zone, CCI_RECIPE_SOURCE: sources } = config;
  const workflowId = warmProviderId(recipe, host);
  const input: WarmInput = { recipe, host, instance, zone, sources, probeEveryMs: PROBE_EVERY_MS };
  await within(client, ANSWER_MS, () =>
    client.workflow.start('warmProvider', {
      workflowId,
      taskQueue: DECISIONS_QUEUE,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: '5 seconds',
      staticSummary: `${recipe} for all runs of ${host}`,
    }),
  );
  await update(client, workflowId, {
    send: (handle) => handle.executeUpdate('upgradeWarm'),
    refused: `${recipe} cannot be upgraded`,
    remedy: 'Let `cc-ci run` of that version pass and the runs that use it end, then ask again',
  });
  const status = await follow(
    client,
    workflowId,
    onNews,
    ({ phase, at }) => phase === 'serving' && at !== undefined,
  );
  const { fault = 'it gave no reason' } = status;
  if (status.phase !== 'serving') {
    throw new UserError(`${recipe} did not come up: ${fault}`, `Its logs are below runs/${workflowId}`, {
      exitCode: BROKEN,
    });
  }
  return status;
}

/**
 * Has the provider removed with all data; follows until it is, or until it is known that something is left.
 * @returns undefined when there is none
 * @throws UserError while runs use it, unless forced
 */
export async function takeDown(
  client: Client,
  config: ClientConfig,
  { recipe, force }: { readonly recipe: SsoProvider; readonly force: boolean },
  onNews: (status: WarmStatus) => void,
): Promise<WarmStatus | undefined> {
  const workflowId = warmProviderId(recipe, config.CCI_HOST);
  if (!(await isOpen(client, workflowId))) return undefined;
  await update(client, workflowId, {
    send: (handle) => handle.executeUpdate('stopWarm', { args: [{ force }] }),
    refused: `${recipe} stays`,
    remedy: 'Wait for those runs, or say --force, which fails them',
  });
  return follow(client, workflowId, onNews, ({ left = [] }) => left.length > 0);
}

/** How the provider stands; undefined when none is kept warm. */
export async function warmStatus(
  client: Client,
  config: ClientConfig,
  recipe: SsoProvider,
): Promise<WarmStatus | undefined> {
  const workflowId = warmProviderId(recipe, config.CCI_HOST);
  return (await isOpen(client, workflowId)) ? ask(client, workflowId) : undefined;
}

async function follow(
  client: Client,
  workflowId: string,
  onNews: (status: WarmStatus) => void,
  isEnough: (status: WarmStatus) => boolean,
): Promise<WarmStatus> {
  let said = '';
  for (let heardMs = Date.now(); ;) {
    if (!(await isOpen(client, workflowId))) {
      return warmStatusSchema.parse(await client.workflow.getHandle(workflowId).result());
    }
    const status = await ask(client, workflowId).catch((error: unknown) => {
      // Workers are replaced now and then.
      if (Date.now() - heardMs > SILENT_MS) throw error;
      return undefined;
    });
    if (status) {
      heardMs = Date.now();
      if (isEnough(status)) return status;
      const news = `${status.phase} ${status.wanted ?? ''}`;
      if (news !== said) onNews(status);
      said = news;
    }
    await delay(INTERVAL_MS);
  }
}

async function ask(client: Client, workflowId: string): Promise<WarmStatus> {
  try {
    const answer: unknown = await within(client, ANSWER_MS, () =>
      client.workflow.getHandle(workflowId).query('warmStatus'),
    );
    return warmStatusSchema.parse(answer);
  } catch (error) {
    // It has not had its first task yet.
    if (error instanceof QueryNotRegisteredError || isTransient(error)) throw nobodyAnswers(error);
    throw error;
  }
}

interface Wish {
  readonly send: (handle: WorkflowHandle) => Promise<unknown>;
  /** What a refusal means, and what helps. */
  readonly refused: string;
  readonly remedy: string;
}

async function update(client: Client, workflowId: string, { send, refused, remedy }: Wish): Promise<void> {
  try {
    await within(client, CONSIDER_MS, () => send(client.workflow.getHandle(workflowId)));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      const why = error.cause?.message ?? error.message;
      throw new UserError(`${refused}: ${why}`, remedy);
    }
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isTransient(error)) {
      throw nobodyAnswers(error);
    }
    // It ended before it could answer; its result says why.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

function nobodyAnswers(cause: unknown): UserError {
  return new UserError('no worker answers', '`npm run up` or `cc-ci worker` starts one', {
    exitCode: BROKEN,
    cause,
  });
}

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await within(client, ANSWER_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
