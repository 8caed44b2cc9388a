import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import { killMarked, MARK_ENVIRONMENT, MARK_GENERATION, MARK_LANE, type Marks } from './processes.ts';
import { isErrno } from './errno.ts';

/** The lane of whoever removes the environment; the only one that goes on after the fence is closed. */
export const GUARD_LANE = 'guard';
export const DEFAULT_LANE = 'main';

const laneSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,100}$/);
const generationSchema = z.object({ token: z.number(), at: z.string() });

/** The right to act on an environment in one lane, until a newer attempt claims the lane or the fence is closed. */
export interface Claim {
  readonly lane: string;
  readonly generation: number;
  /** Processes of older attempts that had to be killed. */
  readonly killed: number;
  /** Put into the environment of every child of this claim. */
  readonly marks: Marks;
  /** A child must not start, and this attempt must not go on, once one of these files exists. */
  readonly barriers: readonly string[];
  readonly superseded: () => boolean;
}

interface ClaimInput {
  readonly environmentId: string;
  /** Folder of the environment's fence. */
  readonly folder: string;
  readonly lane?: string;
  /** The server's time at which the attempt was scheduled, in milliseconds: it orders attempts across workers. */
  readonly token: number;
}

/**
 * Claims the next generation of a lane, then kills what older generations of the lane left running. Rejects with
 * `E_FENCED` when a newer attempt holds the lane already or the fence is closed.
 */
export async function claimLane(input: ClaimInput): Promise<Claim> {
  const lane = laneSchema.parse(input.lane ?? DEFAULT_LANE);
  const closed = join(input.folder, 'closed');
  if (lane !== GUARD_LANE && existsSync(closed))
    throw new CodedError('E_FENCED', 'the environment is closed');
  const generation = await nextGeneration(join(input.folder, lane), input.token);
  const next = join(input.folder, lane, String(generation + 1));
  const barriers = lane === GUARD_LANE ? [next] : [next, closed];
  const killed = await killMarked(
    (marks) =>
      marks[MARK_ENVIRONMENT] === input.environmentId &&
      marks[MARK_LANE] === lane &&
      Number(marks[MARK_GENERATION]) < generation,
  );
  return {
    lane,
    generation,
    killed,
    marks: {
      [MARK_ENVIRONMENT]: input.environmentId,
      [MARK_LANE]: lane,
      [MARK_GENERATION]: String(generation),
    },
    barriers,
    superseded: () => barriers.some((barrier) => existsSync(barrier)),
  };
}

/**
 * Closes the fence for good, then kills every process of the environment outside the guard's lane. Called again it
 * finds nothing to do. Returns how many processes were killed.
 */
export async function closeFence(input: { environmentId: string; folder: string }): Promise<number> {
  await mkdir(input.folder, { recursive: true });
  await publish(input.folder, 'closed', { token: 0, at: new Date().toISOString() });
  return killMarked(
    (marks) => marks[MARK_ENVIRONMENT] === input.environmentId && marks[MARK_LANE] !== GUARD_LANE,
  );
}

async function nextGeneration(folder: string, token: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (;;) {
    const latest = Math.max(0, ...(await readdir(folder)).map(Number).filter(Number.isInteger));
    if (latest > 0) {
      const holder = generationSchema.parse(JSON.parse(await readFile(join(folder, String(latest)), 'utf8')));
      if (token < holder.token) throw new CodedError('E_FENCED', 'a newer attempt has taken over');
    }
    if (await publish(folder, String(latest + 1), { token, at: new Date().toISOString() })) return latest + 1;
  }
}

/**
 * Compare-and-swap: `link(2)` refuses an existing name, so exactly one attempt makes a generation, and it appears with
 * its whole content. A lock would hang on an owner that is frozen.
 */
async function publish(
  folder: string,
  name: string,
  content: z.infer<typeof generationSchema>,
): Promise<boolean> {
  const draft = join(folder, `draft-${randomUUID()}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
    await link(draft, join(folder, name));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
