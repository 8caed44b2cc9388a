import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../../domain/errors.ts';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import { findObjects, type DockerKind, type Found } from './inventory.ts';
import { belongsToApp } from './ownership.ts';
import type { SwarmContext } from './swarm-context.ts';

/** How long containers may take to vanish, and volumes to be let go of by those that do. */
const WAIT_MS = 60_000;
const PAUSE_MS = 200;
const COMMAND_MS = 60_000;
/** `docker … rm` fails for the names that are gone or still in use and has tried all others: a look decides. */
const ANY_OUTCOME = [0, 1];

/** States of a container in which the daemon is at work on it already. */
const GOING = ['removing'];

/**
 * Removes the services of an app and waits until its containers are gone, those in "Removal In Progress" included: they
 * pin volumes and networks. Nothing of it is wanted any more, so containers are killed and not asked to stop.
 */
export async function undeploy(
  context: SwarmContext,
  operation: Operation,
  app: App,
  waitMs = WAIT_MS,
): Promise<void> {
  await removeUntilGone(context, operation, app, ['service', 'container'], waitMs);
}

/** Removes volumes, secrets, configs and networks of an app that is not deployed any more. All of them are tried. */
export async function removeData(
  context: SwarmContext,
  operation: Operation,
  app: App,
  waitMs = WAIT_MS,
): Promise<void> {
  await removeUntilGone(context, operation, app, ['volume', 'secret', 'config', 'network'], waitMs);
}

/** Removes checkouts, env files and private files; ledger and fence stay. */
export async function removeFiles({ paths }: SwarmContext, operation: Operation): Promise<void> {
  const { files } = paths.environment(operation.environment.id);
  await operation.run(['rm', '-rf', '--', files], { timeoutMs: COMMAND_MS });
}

async function removeUntilGone(
  context: SwarmContext,
  operation: Operation,
  app: App,
  kinds: readonly DockerKind[],
  waitMs: number,
): Promise<void> {
  const end = Date.now() + waitMs;
  for (;;) {
    const found = (await findObjects(context.docker)).filter(
      (item) => kinds.includes(item.kind) && belongsToApp(operation.environment, app.stack, item),
    );
    if (found.length === 0) return;
    if (Date.now() > end) throw new CodedError('E_RESIDUE', `${app.domain}: ${summary(found)}`);
    operation.progress(`${app.domain}: removing ${summary(found)}`);
    for (const kind of kinds) {
      const items = found.filter((item) => item.kind === kind && !GOING.includes(item.state ?? ''));
      if (items.length > 0) await removeAll(context, operation, kind, items);
    }
    await delay(PAUSE_MS, undefined, { signal: operation.signal });
  }
}

async function removeAll(
  { command }: SwarmContext,
  operation: Operation,
  kind: DockerKind,
  items: readonly Found[],
): Promise<void> {
  // `--volumes` takes anonymous volumes along, which nothing would find again.
  const verb = kind === 'container' ? ['rm', '--force', '--volumes'] : ['rm'];
  await command(operation, [kind, ...verb, '--', ...items.map((item) => item.id)], { accept: ANY_OUTCOME });
}

function summary(items: readonly Found[]): string {
  const names = items.map((item) => `${item.kind} ${item.name}${item.state ? ` (${item.state})` : ''}`);
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
