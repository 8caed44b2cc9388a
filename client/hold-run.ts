import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
} from '@temporalio/client';
import { z } from 'zod';
import { faultOfHold } from '../domain/hold.ts';
import { progressSchema } from '../domain/progress.ts';
import { isTransient, within } from './rpc.ts';
import { BROKEN, UserError } from './user-error.ts';

const ANSWER_MS = 8_000;
const heldSchema = z.object({ untilMs: z.number().optional() });

/**
 * Milliseconds of a time to hold for: "30m", "2h", "1h30m".
 * @throws UserError when it is none, or not from 1 minute to 4 hours
 */
export function parseHold(text: string): number {
  const [whole, hours = '0', minutes = '0'] = /^(?:(\d{1,3})h)?(?:(\d{1,3})m)?$/.exec(text) ?? [];
  const forMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (whole && faultOfHold(forMs, 0) === undefined) return forMs;
  throw new UserError(
    `an environment cannot be held for "${text}"`,
    'Give 1m to 4h, such as 30m, 2h or 1h30m',
  );
}

/**
 * Asks a run to keep its environment; resolves to the time until which it does, undefined while its stages still run.
 * @throws UserError when the run is over, or refuses
 */
export async function holdRun(client: Client, runId: string, forMs: number): Promise<Date | undefined> {
  const handle = client.workflow.getHandle(runId);
  const answer: unknown = await asked(runId, 'held', async () => {
    // Asked with the wrong key, the workers could not read the request: this reads the run's memo first.
    await within(client, ANSWER_MS, () => handle.describe());
    return within(client, ANSWER_MS, () => handle.executeUpdate('hold', { args: [{ forMs }] }));
  });
  const { untilMs } = heldSchema.parse(answer);
  return untilMs === undefined ? undefined : new Date(untilMs);
}

/**
 * Gives the held environment of a run up; its guard removes it.
 * @throws UserError when nothing is held
 */
export async function releaseRun(client: Client, runId: string): Promise<void> {
  await asked(runId, 'released', async () => {
    const run = client.workflow.getHandle(runId);
    const { status } = await within(client, ANSWER_MS, () => run.describe());
    if (status.name !== 'RUNNING') throw unknownRun(runId);
    const answer: unknown = await within(client, ANSWER_MS, () => run.query('progress'));
    const { guardId } = progressSchema.parse(answer);
    if (guardId === undefined) throw refused(runId, 'released', 'it has no environment yet');
    await within(client, ANSWER_MS, () => client.workflow.getHandle(guardId).executeUpdate('release'));
  });
}

async function asked<T>(runId: string, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw refused(runId, what, error.cause?.message ?? error.message);
    }
    if (error instanceof WorkflowNotFoundError) throw unknownRun(runId);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isTransient(error)) {
      throw new UserError('no worker answers', '`npm run up` or `cc-ci worker` starts one', {
        exitCode: BROKEN,
        cause: error,
      });
    }
    throw error;
  }
}

function refused(runId: string, what: string, why: string): UserError {
  return new UserError(`${runId} cannot be ${what}: ${why}`, `\`cc-ci status ${runId}\` shows how it stands`);
}

function unknownRun(runId: string): UserError {
  return new UserError(`there is no open run "${runId}"`, '`cc-ci status` lists the runs');
}
