import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planSchema } from '../../../domain/plan.ts';
import type { Results } from '../../../domain/results.ts';
import { ssoProviderSchema } from '../../../domain/sso.ts';
import { isErrno } from '../../../activities/support/errno.ts';
import type { Lane } from '../lane.ts';
import { filesBelow } from './artefacts.ts';

/** Shorter values would be found anywhere by chance. */
const LEAST_LENGTH = 8;
const LOOK_EVERY_MS = 100;

/**
 * Reads the secrets of the environments of a lane for as long as they exist, so that they can be looked for where they
 * must not be.
 */
export class Canaries {
  readonly values = new Set<string>();
  private readonly timer: NodeJS.Timeout;
  private readonly lane: Lane;

  constructor(lane: Lane) {
    this.lane = lane;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const id of this.lane.environments) {
      const { private: folder } = this.lane.paths.environment(id);
      // Those of the platform, and those that were made at an identity provider.
      for (const file of ['secrets', 'wiring'].flatMap((kind) => filesIfAny(join(folder, kind)))) {
        try {
          const value = readFileSync(file, 'utf8');
          if (value.length >= LEAST_LENGTH) this.values.add(value);
        } catch {
          // Removed meanwhile.
        }
      }
    }
  }
}

/**
 * That the canaries were there to be found: a run on the real platform that has deployed a recipe with secrets has had them
 * on the disk of its host, and so has every run that has passed with a realm.
 */
export function faultsOfCanaries(
  lane: Lane,
  { runId, deployCount, verdict }: Results,
  values: ReadonlySet<string>,
): string[] {
  const file = lane.paths.plan(runId);
  if (deployCount === 0 || !existsSync(file)) return [];
  const { secrets, deps = [] } = planSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const hasRealm = verdict === 'passed' && deps.some((name) => ssoProviderSchema.safeParse(name).success);
  return (hasRealm || (lane.platform === 'swarm' && secrets.length > 0)) && values.size === 0
    ? ['no secret of the run was seen, so none was looked for']
    : [];
}

/** Where a secret lies open: in the artefacts of the run, the log of the workers, or the database of Temporal. */
export function faultsOfSecrets(lane: Lane, runId: string, values: ReadonlySet<string>): string[] {
  const database = ['temporal.db', 'temporal.db-wal'].map((name) => join(lane.folder, name));
  const files = [...filesBelow(lane.paths.run(runId)), lane.logFile, ...database].filter((file) =>
    existsSync(file),
  );
  return files.flatMap((file) => {
    const content = readFileSync(file);
    const found = [...values].some((value) => spellings(value).some((one) => content.includes(one)));
    return found ? [`${file} holds a secret`] : [];
  });
}

/** They may be removed while they are looked for. */
function filesIfAny(folder: string): string[] {
  try {
    return filesBelow(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function spellings(value: string): string[] {
  const whole = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  return [...new Set([...whole, Buffer.from(value).toString('base64').replace(/=+$/, '')])];
}
