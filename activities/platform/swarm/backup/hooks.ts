import { HOOK_TIMEOUT_MS } from '../../../../domain/backup.ts';
import { bareHook } from '../../../../domain/backup-hook.ts';
import { CodedError } from '../../../../domain/errors.ts';
import type { App } from '../../../../domain/plan.ts';
import type { Operation } from '../../../support/operation.ts';
import type { CommandResult } from '../../../support/run-command.ts';
import { execInService } from '../exec.ts';
import type { SwarmContext } from '../swarm-context.ts';

const SWEEP_MS = 30_000;
const OUTPUT_LENGTH = 500;
/** In the environment of every hook, with the id of the cc-ci environment: how one that was left running is found. */
const MARK = 'CCI_HOOK';

/** Fails where a part of a pipe fails, wherever a shell of the image can tell. */
const RUN = `
if command -v bash >/dev/null 2>&1; then exec bash -c "set -o pipefail
$1"; fi
if (set -o pipefail) 2>/dev/null; then exec sh -c "set -o pipefail
$1"; fi
exec sh -c "$1"`;

/**
 * Ends the processes that bear the mark, and those of their sessions: what a hook starts as another user cannot be read
 * but is in the session of its shell. Session 1 is that of the app itself. Needs nothing but a shell, tr and grep.
 */
const SWEEP = `
session_of() {
  read -r line 2>/dev/null <"$1/stat" || return 1
  set -- \${line##*) }
  session=$4
}
marked=' ' sessions=' '
for dir in /proc/[0-9]*; do
  { tr '\\0' '\\n' <"$dir/environ" | grep -qx "$1"; } 2>/dev/null || continue
  marked="$marked\${dir#/proc/} "
  if session_of "$dir" && [ "$session" -gt 1 ]; then sessions="$sessions$session "; fi
done
for dir in /proc/[0-9]*; do
  pid=\${dir#/proc/}
  session_of "$dir" 2>/dev/null || continue
  case $marked in *" $pid "*) ;; *) case $sessions in *" $session "*) ;; *) continue ;; esac ;; esac
  kill -9 "$pid" 2>/dev/null && echo "ended process $pid of an earlier hook"
done
exit 0`;

export type HookKind = 'backup pre-hook' | 'backup post-hook' | 'restore pre-hook' | 'restore post-hook';

/**
 * Runs a hook of a service in its youngest running container. Rejects with `E_HOOK` when it fails or takes too long,
 * and with `E_DOCKER` when the container ends meanwhile.
 */
export async function runHook(
  context: SwarmContext,
  operation: Operation,
  app: App,
  at: { readonly service: string; readonly kind: HookKind; readonly hook: string },
): Promise<void> {
  const { service, kind, hook } = at;
  operation.progress(`${app.domain}: ${kind} of ${service}`);
  operation.log(`${kind} of ${service}: ${hook}`);
  const { exitCode, stdout, stderr } = await runBounded(context, operation, app, service, hook, kind);
  if (exitCode === 0) return;
  const said = operation.redact(`${stdout}\n${stderr}`).trim().slice(-OUTPUT_LENGTH);
  throw new CodedError('E_HOOK', `${kind} of ${service} ended with ${exitCode}${said ? `: ${said}` : ''}`);
}

async function runBounded(
  context: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
  hook: string,
  kind: HookKind,
): Promise<CommandResult> {
  try {
    return await execInService(context, operation, app, service, ['sh', '-c', RUN, 'hook', bareHook(hook)], {
      env: { [MARK]: operation.environment.id },
      timeoutMs: HOOK_TIMEOUT_MS,
    });
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'E_COMMAND_TIMEOUT') throw error;
    await endHooks(context, operation, app, service);
    throw new CodedError('E_HOOK', `${kind} of ${service} took more than ${HOOK_TIMEOUT_MS / 1000} s`);
  }
}

/** Ends hooks that an earlier attempt left running in a service. An image without a shell has none. */
export async function endHooks(
  context: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
): Promise<void> {
  const mark = `${MARK}=${operation.environment.id}`;
  const options = { timeoutMs: SWEEP_MS };
  await execInService(context, operation, app, service, ['sh', '-c', SWEEP, 'sweep', mark], options);
}
