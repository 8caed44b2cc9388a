import { CodedError } from '../../../domain/errors.ts';
import type { App } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { CommandResult } from '../../support/run-command.ts';
import type { ExecOptions } from '../port.ts';
import { SERVICE_NAME_LABEL, STACK_LABEL } from './docker.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Every exit code is an answer of the command. */
const ANY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);
/** What the client gets beyond the time of the command itself. */
const GRACE_MS = 5000;
/** Names that would change the docker client instead of the command; all others reach it without being seen by `ps`. */
const OF_THE_CLIENT = /^(PATH|HOME|DOCKER_.*|CCI_.*|LD_.*|HTTPS?_PROXY|NO_PROXY)$/i;

/**
 * Runs a command in a running container of a service. Exit code and output are the answer, whatever they are. Where the
 * image has `timeout`, the command is ended inside the container too and does not outlive its caller.
 */
export async function execInService(
  context: SwarmContext,
  operation: Operation,
  app: App,
  service: string,
  argv: readonly [string, ...string[]],
  options: ExecOptions,
): Promise<CommandResult> {
  const container = await runningContainer(context, app, service);
  const bounded = await bound(context, operation, container, argv, options.timeoutMs);
  const env = Object.entries(options.env ?? {});
  const flags = env.flatMap(([key, value]) => ['--env', OF_THE_CLIENT.test(key) ? `${key}=${value}` : key]);
  const started = Date.now();
  const result = await context.command(
    operation,
    ['exec', ...(options.input === undefined ? [] : ['--interactive']), ...flags, container, ...bounded],
    {
      env: Object.fromEntries(env.filter(([key]) => !OF_THE_CLIENT.test(key))),
      timeoutMs: options.timeoutMs + GRACE_MS,
      accept: ANY_EXIT_CODE,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.quiet ? { quiet: true } : {}),
    },
  );
  if (result.exitCode !== 0 && Date.now() - started >= options.timeoutMs) {
    throw new CodedError(
      'E_COMMAND_TIMEOUT',
      `the command in ${service} took more than ${options.timeoutMs / 1000} s`,
    );
  }
  // The daemon's own refusal: the container ended in between, and the command was never started.
  if (result.exitCode === 1 && result.stderr.startsWith('Error response from daemon')) {
    throw new CodedError('E_DOCKER', operation.redact(result.stderr.trim()).slice(0, 500));
  }
  return result;
}

/** The youngest running container of a service. Rejects with the services that exist when there is none. */
async function runningContainer({ docker }: SwarmContext, app: App, service: string): Promise<string> {
  const name = `${app.stack}_${service}`;
  const all = await docker.containers({ label: [`${STACK_LABEL}=${app.stack}`] });
  const [youngest] = all
    .filter(({ Labels, State }) => Labels[SERVICE_NAME_LABEL] === name && State === 'running')
    .sort((a, b) => b.Created - a.Created);
  if (youngest) return youngest.Id;
  const services = await docker.services({ label: [`${STACK_LABEL}=${app.stack}`] });
  const known = services.map(({ Spec }) => Spec.Name.slice(app.stack.length + 1)).sort();
  throw new CodedError(
    'E_DOCKER',
    `no running container of ${service}; services: ${known.join(', ') || 'none'}`,
  );
}

async function bound(
  context: SwarmContext,
  operation: Operation,
  container: string,
  argv: readonly [string, ...string[]],
  timeoutMs: number,
): Promise<readonly string[]> {
  let known = context.hasTimeout.get(container);
  if (known === undefined) {
    // Understood by the coreutils and by busybox; it exits with 0 only where the program exists.
    const probe = await context.command(operation, ['exec', container, 'timeout', '1', 'true'], {
      accept: ANY_EXIT_CODE,
      quiet: true,
      quietErrors: true,
    });
    known = probe.exitCode === 0;
    context.hasTimeout.set(container, known);
  }
  if (!known) return argv;
  return ['timeout', '-s', 'KILL', String(Math.max(1, Math.ceil(timeoutMs / 1000))), ...argv];
}
