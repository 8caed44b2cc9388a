import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../domain/errors.ts';
import type { App } from '../../domain/plan.ts';
import type { RecipeDefinition } from '../../domain/recipe.ts';
import type { Assertion } from '../../domain/stages.ts';
import type { Platform } from '../platform/port.ts';
import type { Operation } from './operation.ts';
import type { CommandResult } from './run-command.ts';

type ReadyProbe = RecipeDefinition['ready'][number];

/** Runs argv in a helper container that shares the network of a running task of the service. */
export type RunBeside = (
  operation: Operation,
  app: App,
  service: string,
  argv: readonly [string, ...string[]],
  options: { readonly timeoutMs: number },
) => Promise<CommandResult>;

export interface ProbeTools {
  readonly platform: Pick<Platform, 'exec'>;
  /** Probes from outside a service whose image has no means to probe itself. */
  readonly runBeside?: RunBeside;
  /** How long a probe may take to succeed so often in a row as it must; 60 s when absent. */
  readonly readyTimeoutMs?: number;
}

const READY_TIMEOUT_MS = 60_000;
const ONE_PROBE_MS = 10_000;
const PAUSE_MS = 500;
/** What shells say of a program that is not there or cannot be run (POSIX, 2.8.2). */
const NOT_RUNNABLE = [126, 127];

/** Connects with what the image has: bash opens `/dev/tcp` itself, busybox and others bring `nc`. */
const CONNECT = `
if command -v bash >/dev/null 2>&1; then exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"' "$1"; fi
if command -v nc >/dev/null 2>&1; then exec nc -z -w 5 127.0.0.1 "$1"; fi
exit 127`;

/** Makes the ready probes of a recipe, one after the other; each must succeed `times` in a row. */
export async function assertReady(
  tools: ProbeTools,
  operation: Operation,
  app: App,
  probes: readonly ReadyProbe[],
): Promise<Assertion[]> {
  const assertions: Assertion[] = [];
  for (const probe of probes) {
    operation.progress(`${app.role}: ${nameOf(probe)}`);
    assertions.push(await assertProbe(tools, operation, app, probe));
  }
  return assertions;
}

async function assertProbe(
  tools: ProbeTools,
  operation: Operation,
  app: App,
  probe: ReadyProbe,
): Promise<Assertion> {
  const end = performance.now() + (tools.readyTimeoutMs ?? READY_TIMEOUT_MS);
  let row = 0;
  let fault = '';
  for (let attempts = 1; ; attempts++) {
    operation.signal.throwIfAborted();
    fault = await faultOfProbe(tools, operation, app, probe);
    row = fault === '' ? row + 1 : 0;
    const counted = `${row} of ${probe.times} in a row after ${attempts} attempts`;
    if (row === probe.times) return { name: nameOf(probe), ok: true, detail: counted };
    if (performance.now() > end) {
      return { name: nameOf(probe), ok: false, detail: `${counted}; ${fault || 'out of time'}` };
    }
    await delay(PAUSE_MS, undefined, { signal: operation.signal });
  }
}

function nameOf(probe: ReadyProbe): string {
  return probe.kind === 'tcp'
    ? `${probe.service} accepts connections on port ${probe.port}`
    : `${probe.service} is ready according to ${probe.command[0]}`;
}

/** Why the probe failed, empty when it succeeded. That a container is being replaced is a fault like any other. */
async function faultOfProbe(
  tools: ProbeTools,
  operation: Operation,
  app: App,
  probe: ReadyProbe,
): Promise<string> {
  try {
    const result = await runProbe(tools, operation, app, probe);
    if (result.exitCode === 0) return '';
    const said = operation.redact(result.stderr || result.stdout).trim();
    return `exit ${result.exitCode}: ${said.slice(-500)}`;
  } catch (error) {
    if (error instanceof CodedError && error.code !== 'E_FENCED') return error.message;
    throw error;
  }
}

async function runProbe(tools: ProbeTools, operation: Operation, app: App, probe: ReadyProbe) {
  const options = { timeoutMs: ONE_PROBE_MS };
  if (probe.kind === 'exec') {
    const [program, ...args] = probe.command;
    if (program === undefined) throw new CodedError('E_INTERNAL', 'a ready probe has no command');
    return tools.platform.exec(operation, app, probe.service, [program, ...args], options);
  }
  const port = String(probe.port);
  const argv = ['sh', '-c', CONNECT, 'probe', port] as const;
  const inside = await tools.platform.exec(operation, app, probe.service, argv, options);
  if (!NOT_RUNNABLE.includes(inside.exitCode) || !tools.runBeside) return inside;
  return tools.runBeside(operation, app, probe.service, argv, options);
}
