import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import { isErrorCode } from '../domain/errors.ts';
import { breakerSchema } from '../domain/health.ts';
import { clockTime } from '../domain/hold.ts';
import { within } from './rpc.ts';

/** An activity of a run that is not finished. */
export interface PendingActivity {
  readonly name: string;
  readonly attempt: number;
  /** What it says it waits for, as "app: starting, 0/1". */
  readonly waitingFor: string | undefined;
  /** Why the last attempt failed, and when the next one begins if not soon: "E_REGISTRY_LIMIT, next try at 14:05 UTC". */
  readonly lastFailure?: string | undefined;
}

const heartbeatSchema = z.object({ waitingFor: z.string() });

/** What the run waits for now, from the server's view and the activities' last heartbeats. */
export async function pendingActivities(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<PendingActivity[]> {
  const pending = description.raw.pendingActivities ?? [];
  return Promise.all(
    pending.map(async (activity) => ({
      name: activity.activityType?.name ?? 'activity',
      attempt: activity.attempt ?? 1,
      waitingFor: await lastWords(client, activity.heartbeatDetails?.payloads ?? []),
      lastFailure: describeFailure(
        activity.lastFailure?.applicationFailureInfo?.type,
        Number(activity.nextAttemptScheduleTime?.seconds ?? 0) * 1000,
        Date.now(),
      ),
    })),
  );
}

/** What a person does not wait for without wondering. */
const LONG_MS = 30_000;

/** Only the code is readable for everybody; a worker that died left none. */
export function describeFailure(code: unknown, nextMs: number, nowMs: number): string | undefined {
  if (!isErrorCode(code)) return undefined;
  return nextMs - nowMs < LONG_MS ? code : `${code}, next try at ${clockTime(nextMs)}`;
}

type Payloads = Parameters<
  NonNullable<Client['options']['loadedDataConverter']>['payloadCodecs'][number]['decode']
>[0];

async function lastWords(client: Client, payloads: Payloads): Promise<string | undefined> {
  let decoded = payloads;
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed()) {
    decoded = await codec.decode(decoded);
  }
  const [first] = decoded;
  if (!first) return undefined;
  const details = heartbeatSchema.safeParse(defaultPayloadConverter.fromPayload(first));
  return details.success && details.data.waitingFor !== '' ? details.data.waitingFor : undefined;
}

const poolStateSchema = z.object({
  holder: z.string().optional(),
  waiting: z.array(z.string()),
  // A pool of an earlier version knows nothing of it.
  health: z.array(breakerSchema).default([]),
});
type ReadPoolState = z.infer<typeof poolStateSchema>;

/** State of the lease of a host; undefined when the pool does not run or does not answer now. */
export async function poolState(client: Client, poolId: string): Promise<ReadPoolState | undefined> {
  try {
    const answer: unknown = await within(client, 2_000, () =>
      client.workflow.getHandle(poolId).query('poolState'),
    );
    return poolStateSchema.parse(answer);
  } catch {
    // A display can do without: the pool starts with the first run.
    return undefined;
  }
}

/** 1 for the next in line, 0 for the holder, undefined for neither. Holders are guards: `guard-<run>-<8 hex>`. */
export function positionOf(
  runId: string,
  pool: Pick<ReadPoolState, 'holder' | 'waiting'> | undefined,
): number | undefined {
  if (!pool) return undefined;
  const ours = (guard: string | undefined) => guard?.slice(0, -'-00000000'.length) === `guard-${runId}`;
  if (ours(pool.holder)) return 0;
  const index = pool.waiting.findIndex(ours);
  return index < 0 ? undefined : index + 1;
}
