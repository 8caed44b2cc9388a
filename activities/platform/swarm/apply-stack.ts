import { CodedError, type ErrorCode } from '../../../domain/errors.ts';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { SwarmContext } from './swarm-context.ts';

const TIMEOUT_MS = 5 * 60_000;

/** What the client says (docker/cli 20 to 28) and whose fault that is; the first that matches counts. */
const FAILURES: readonly (readonly [RegExp, ErrorCode | 'again'])[] = [
  // Another change came in between: what is there now decides what is still to be done.
  [/update out of sequence|name conflicts with an existing object|already exists/i, 'again'],
  [/only updates to Labels are allowed/i, 'E_CONFIG_CHANGED'],
  [/secret not found|secret .* not found/i, 'E_SECRET_MISSING'],
  [
    /cannot connect to the docker daemon|context deadline exceeded|not a swarm manager|Unavailable/i,
    'E_DOCKER',
  ],
  [/declared as external, but could not be found/i, 'E_DOCKER'],
  [/InvalidArgument|invalid|unsupported|not allowed|must be|is not supported/i, 'E_RENDER'],
];

/** Sends a stack to swarm. Resolves when swarm has taken it, or when somebody else changed something meanwhile. */
export async function applyStack(
  { command }: SwarmContext,
  operation: Operation,
  app: App,
  file: string,
): Promise<void> {
  const { exitCode, stderr } = await command(
    operation,
    // The digests are looked up like abra does, so that every task of a service runs the same image.
    [
      'stack',
      'deploy',
      '--detach=true',
      '--resolve-image=always',
      '--with-registry-auth',
      '-c',
      file,
      app.stack,
    ],
    { timeoutMs: TIMEOUT_MS, accept: [0, 1, 125] },
  );
  if (exitCode === 0) return;
  const said = operation.redact(stderr.trim()).slice(-800);
  const cause = FAILURES.find(([pattern]) => pattern.test(said))?.[1] ?? 'E_DOCKER';
  if (cause !== 'again') throw new CodedError(cause, said);
  operation.log(`swarm was changed by somebody else meanwhile: ${said}`);
}
