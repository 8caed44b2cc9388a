import { randomUUID } from 'node:crypto';
import { CodedError } from '../../../../domain/errors.ts';
import { CCI_LABELS, markLabels } from '../../../../domain/labels.ts';
import { SPEC_RUNNER_IMAGE } from '../../../../domain/repository-specs.ts';
import type { Operation } from '../../../support/operation.ts';
import type { IsolatedOutcome, IsolatedTask } from '../../port.ts';
import { pullImages } from '../images.ts';
import type { SwarmContext } from '../swarm-context.ts';
import { gateArguments, INNER_ADDRESS, runnerArguments, volumeArguments } from './containers.ts';

const LABEL = 'cc-ci.isolation';
const SHORT_MS = 60_000;
/** For starting, and for ending in an orderly way with a report, beyond the specs' own time. */
const GRACE_MS = 20_000;
const MAX_REPORT_BYTES = 2 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 64 * 1024;
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code);
/** What `timeout` ends a program with that did not stop when told to. */
const KILLED = 137;
const CERTIFICATE = 'until [ -S /gate/ingress.sock ]; do sleep 0.05; done; cat /tmp/gate.pem';
/** Nothing but what Node and Playwright need; colours would split a secret that nothing recognises then. */
const ENVIRONMENT = [
  ...['PATH=/usr/local/bin:/usr/bin:/bin', 'LANG=C.UTF-8', 'NO_COLOR=1', 'FORCE_COLOR=0', 'HOME=/tmp'],
  ...['TMPDIR=/tmp', 'PWTEST_CACHE_DIR=/tmp/playwright'],
];

/**
 * Runs specs that nobody here has reviewed, in a container that reaches the app and nothing else. Whatever they do is an
 * outcome; rejects only when the containers could not be made or looked at, or the operation has ended.
 */
export async function runIsolated(
  context: SwarmContext,
  operation: Operation,
  task: IsolatedTask,
): Promise<IsolatedOutcome> {
  await pullRunner(context, operation);
  // What an attempt left behind that died.
  await removeContainers(context, operation);
  const name = `cc-ci-specs-${randomUUID().slice(0, 13)}`;
  const gate = `${name}-gate`;
  try {
    await start(context, operation, { name, gate, task });
    const ca = await read(context, operation, ['exec', gate, 'sh', '-c', CERTIFICATE]);
    const { zone } = task.ingress;
    const files = task.files({ ingress: { ...INNER_ADDRESS, zone }, ca, out: '/work/out' });
    await context.command(operation, ['exec', '--interactive', name, 'node', '/cc-ci/place.mjs'], {
      input: JSON.stringify(files),
      timeoutMs: SHORT_MS,
    });
    const exitCode = await runSpecs(context, operation, name, task);
    return await collect(context, operation, name, exitCode);
  } finally {
    // One that was superseded or cancelled may not change anything any more; the removal of the environment does it.
    if (!operation.signal.aborted) await removeContainers(context, operation);
  }
}

/** An image of cc-ci that is not there is no fault of the recipe. */
async function pullRunner(context: SwarmContext, operation: Operation): Promise<void> {
  try {
    await pullImages(context, operation, [SPEC_RUNNER_IMAGE]);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'E_IMAGE_UNKNOWN') throw error;
    throw new CodedError('E_INTERNAL', `the image of the runner is missing: ${error.message}`, {
      cause: error,
    });
  }
}

async function start(
  context: SwarmContext,
  operation: Operation,
  { name, gate, task }: { name: string; gate: string; task: IsolatedTask },
): Promise<void> {
  const { environment } = operation;
  const { instance, runId: run } = environment;
  const marks = markLabels({ instance, run, environment: environment.id, deploy: 'isolation' });
  const labels = Object.entries({ ...marks, [LABEL]: 'specs' }).map(
    ([key, value]) => `--label=${key}=${value}`,
  );
  const { ca, address, port, zone } = task.ingress;
  const settings = {
    domain: task.domain,
    ingress: { address, port, zone },
    ...(ca === undefined ? {} : { ca }),
  };
  await context.command(operation, volumeArguments(gate, labels), { quiet: true });
  await context.command(operation, gateArguments(gate, labels), {
    env: { GATE: JSON.stringify(settings) },
    quiet: true,
  });
  await context.command(operation, runnerArguments(name, gate, labels), { quiet: true });
}

/** The code they end with; that of a kill when they had to be stopped, for time or for a flood of output. */
async function runSpecs(
  { command }: SwarmContext,
  operation: Operation,
  name: string,
  { argv, timeoutMs }: IsolatedTask,
): Promise<number> {
  const env = ['env', '-i', ...ENVIRONMENT];
  try {
    const { exitCode } = await command(operation, ['exec', '--workdir=/work', name, ...env, ...argv], {
      timeoutMs: timeoutMs + GRACE_MS,
      accept: ANY_CODE,
      maxBytes: MAX_OUTPUT_BYTES,
    });
    return exitCode;
  } catch (error) {
    operation.signal.throwIfAborted();
    if (!(error instanceof CodedError) || error.code === 'E_FENCED') throw error;
    operation.log(`the specs of the repository were stopped: ${error.message}`);
    return KILLED;
  }
}

/** Fails when the daemon cannot tell about the container: then the fault is not that of the specs. */
async function collect(
  context: SwarmContext,
  operation: Operation,
  name: string,
  exitCode: number,
): Promise<IsolatedOutcome> {
  const state = await read(context, operation, ['inspect', '--format={{.State.Running}}', name]);
  if (state.trim() !== 'true') return { exitCode, report: undefined };
  try {
    // Inside, where a link leads to nothing but the container's own files; a pipe ends with the bound.
    const bytes = ['head', '-c', String(MAX_REPORT_BYTES), '/work/out/report.json'];
    const options = { timeoutMs: SHORT_MS, accept: ANY_CODE, maxBytes: MAX_REPORT_BYTES, quiet: true };
    const report = await context.command(operation, ['exec', name, ...bytes], options);
    return { exitCode, report: report.exitCode === 0 ? report.stdout : undefined };
  } catch (error) {
    operation.signal.throwIfAborted();
    if (!(error instanceof CodedError) || error.code === 'E_FENCED') throw error;
    return { exitCode, report: undefined };
  }
}

async function read(context: SwarmContext, operation: Operation, args: readonly string[]): Promise<string> {
  return (await context.command(operation, args, { timeoutMs: SHORT_MS, quiet: true })).stdout;
}

async function removeContainers({ command, docker }: SwarmContext, operation: Operation): Promise<void> {
  const own = (labels: Readonly<Record<string, string>>) =>
    LABEL in labels && labels[CCI_LABELS.environment] === operation.environment.id;
  const containers = (await docker.containers()).filter(({ Labels }) => own(Labels)).map(({ Id }) => Id);
  const quiet = { timeoutMs: SHORT_MS, quiet: true };
  if (containers.length > 0) await command(operation, ['rm', '--force', '--', ...containers], quiet);
  const volumes = (await docker.volumes()).filter(({ labels }) => own(labels)).map(({ name }) => name);
  if (volumes.length > 0) await command(operation, ['volume', 'rm', '--force', '--', ...volumes], quiet);
}
