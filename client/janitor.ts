import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleNotFoundError, WorkflowFailedError, type Client } from '@temporalio/client';
import type { ClientConfig } from '../domain/config.ts';
import { LATE_EVERY_MS } from '../domain/guard.ts';
import {
  janitorProgressSchema,
  janitorReportSchema,
  MOST_AT_ONCE,
  type JanitorInput,
  type JanitorProgress,
  type JanitorReport,
} from '../domain/janitor.ts';
import { DECISIONS_QUEUE, janitorId } from '../domain/queues.ts';
import { within } from './rpc.ts';
import { BROKEN, UserError } from './user-error.ts';

/** What a person may decide about one janitor. */
export interface JanitorRequest {
  readonly reclaim: boolean;
  readonly confirmAfterMs: number;
  readonly atMost?: number;
  readonly trustNamespace: boolean;
}

/** A look takes about a second; nobody at work for that long is nobody there. */
const LOOK_MS = 30_000;
const INTERVAL_MS = 500;
const ANSWER_MS = 5_000;

/**
 * Runs one janitor and follows it to its end. Whoever stops following does not stop it.
 * @param onNews told what it does, whenever that changes
 * @throws UserError when no worker of the host looks in time
 */
export async function runJanitor(
  client: Client,
  config: ClientConfig,
  request: JanitorRequest,
  onNews: (progress: JanitorProgress) => void,
): Promise<JanitorReport> {
  const { CCI_HOST: host, CCI_INSTANCE: instance, CCI_ZONE: zone } = config;
  const { reclaim, confirmAfterMs, trustNamespace, atMost = MOST_AT_ONCE } = request;
  const input: JanitorInput = {
    ...{ host, instance, zone, reclaim, confirmAfterMs, atMost, trustNamespace },
    lateEveryMs: LATE_EVERY_MS,
  };
  const { workflowId } = await within(client, ANSWER_MS, () =>
    client.workflow.start('janitor', {
      workflowId: `${janitorId(host)}-by-hand-${randomUUID().slice(0, 8)}`,
      taskQueue: DECISIONS_QUEUE,
      args: [input],
      workflowTaskTimeout: '5 seconds',
      staticSummary: `${reclaim ? 'reclaim' : 'look for'} orphans on ${host}`,
    }),
  );
  return follow(client, workflowId, host, onNews);
}

async function follow(
  client: Client,
  workflowId: string,
  host: string,
  onNews: (progress: JanitorProgress) => void,
): Promise<JanitorReport> {
  const handle = client.workflow.getHandle(workflowId);
  let looked = false;
  let said = '';
  for (const until = Date.now() + LOOK_MS; ;) {
    const { status } = await within(client, ANSWER_MS, () => handle.describe());
    if (status.name !== 'RUNNING') return reportOf(client, workflowId);
    const progress = await progressOf(client, workflowId);
    looked ||= progress !== undefined && progress.phase !== 'looking';
    if (progress && JSON.stringify(progress) !== said) {
      said = JSON.stringify(progress);
      onNews(progress);
    }
    if (!looked && Date.now() > until) {
      await handle.terminate('nobody worked on it').catch(() => undefined);
      throw new UserError(`no worker of host ${host} answered in time`, 'Start one with `npm run up`', {
        exitCode: BROKEN,
      });
    }
    await delay(INTERVAL_MS);
  }
}

/** Undefined when no worker answers now. */
async function progressOf(client: Client, workflowId: string): Promise<JanitorProgress | undefined> {
  try {
    const answer: unknown = await within(client, 2_000, () =>
      client.workflow.getHandle(workflowId).query('janitorProgress'),
    );
    return janitorProgressSchema.parse(answer);
  } catch {
    // Whoever follows can do without an answer; how it ends comes from the server itself.
    return undefined;
  }
}

async function reportOf(client: Client, workflowId: string): Promise<JanitorReport> {
  try {
    return janitorReportSchema.parse(await client.workflow.getHandle(workflowId).result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const inner = error.cause?.cause;
    const cause = inner instanceof Error ? inner.message : (error.cause?.message ?? error.message);
    throw new UserError(
      `the host could not be looked at (${cause})`,
      `\`cc-ci doctor\` says what is wrong; ${workflowId} tells more in the Temporal UI`,
      { exitCode: BROKEN, cause: error },
    );
  }
}

/** The schedule by which the janitor looks without being asked. */
export interface JanitorSchedule {
  readonly id: string;
  /** `missing`: no worker has made it yet. */
  readonly state: 'active' | 'paused' | 'missing';
  /** What whoever paused it has noted. */
  readonly note?: string;
  /** ISO time. */
  readonly nextAt?: string;
}

export async function janitorSchedule(client: Client, host: string): Promise<JanitorSchedule> {
  const id = janitorId(host);
  try {
    const { state, info } = await within(client, ANSWER_MS, () => client.schedule.getHandle(id).describe());
    const [next] = info.nextActionTimes;
    if (!state.paused) return { id, state: 'active', ...(next ? { nextAt: next.toISOString() } : {}) };
    return { id, state: 'paused', ...(state.note ? { note: state.note } : {}) };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return { id, state: 'missing' };
    throw error;
  }
}
