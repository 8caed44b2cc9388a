import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ClientConfig } from '../../domain/config.ts';
import { buildResults } from '../../domain/build-results.ts';
import type { RunInput } from '../../domain/plan.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Results } from '../../domain/results.ts';
import { cancelRun } from '../cancel-run.ts';
import { withClient } from '../connection.ts';
import { followRun, type Ending } from '../follow-run.ts';
import { runFolder, uiLink } from '../links.ts';
import { checkRequest, planRun, startRun } from '../start-run.ts';
import { terminal } from './context.ts';
import { exitCodeOf, renderSummary, renderVerdict } from './format.ts';
import { onInterrupts } from './interrupts.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { isStackTemporary, withStack } from './stack.ts';

/** What a shell reports for a program that ended on Ctrl-C. */
const INTERRUPTED = 130;

interface RunOptions {
  readonly stages?: string;
  readonly ref?: string;
  readonly base?: string;
  readonly source?: string;
  readonly detach?: true;
  readonly json?: true;
  readonly onInterrupt: 'detach' | 'cancel';
}

export function addRun(program: Command): void {
  program
    .command('run')
    .description('test a recipe through its lifecycle; the same request joins the run that is under way')
    .argument('<recipe>', 'name of the recipe, such as custom-html')
    .option('--stages <list>', 'comma list of stages; a subset is a partial run without a level')
    .option('--ref <ref>', 'branch, tag or commit to test (default: HEAD of the repository)')
    .option('--base <tag>', 'version to upgrade from (default: the published version before)')
    .option('--source <path or URL>', 'repository of the recipe (default: CCI_RECIPE_SOURCE)')
    .option('--detach', 'start it and do not wait')
    .option('--json', 'print the results as one JSON document')
    .addOption(
      new Option('--on-interrupt <what>', 'what the first Ctrl-C does')
        .choices(['detach', 'cancel'])
        .default('detach'),
    )
    .action(async (recipe: string, options: RunOptions) => {
      const request = checkRequest({ recipe, ...options });
      await withStack(async () => {
        const config = terminal.config();
        const caller = { workingFolder: terminal.workingFolder(), environment: terminal.environment() };
        const input = await planRun(config, request, caller);
        return withClient(config, (client) => run(client, config, input, options));
      });
    });
}

async function run(
  client: Client,
  config: ClientConfig,
  input: RunInput,
  options: RunOptions,
): Promise<number> {
  const startedAt = new Date();
  const { runId, joined, since } = await startRun(client, input);
  const link = await uiLink(config, runId);
  terminal.say(`${joined ? 'joined' : 'started'} ${runId}`);
  terminal.say(`UI: ${link}`);
  if (options.detach) {
    if (options.json) terminal.json({ runId, joined });
    terminal.say(howToGoOn(runId));
    return 0;
  }
  const reporter = createReporter(`${input.recipe} ${input.ref}`, process.stderr);
  const watching = new AbortController();
  const stopListening = onInterrupts((count) => {
    interrupted({ client, runId, reporter, watching, cancels: options.onInterrupt === 'cancel', count });
  });
  let ending: Ending;
  try {
    ending = await followRun(client, runId, {
      host: input.host,
      since,
      onSnapshot: reporter.show,
      signal: watching.signal,
    });
  } finally {
    stopListening();
    reporter.stop();
  }
  return conclude(config, input, { runId, startedAt }, ending, options.json ?? false);
}

function interrupted(press: {
  client: Client;
  runId: string;
  reporter: Reporter;
  watching: AbortController;
  cancels: boolean;
  count: number;
}): void {
  const { client, runId, reporter, watching } = press;
  if (!press.cancels || press.count > 1) {
    watching.abort();
    return;
  }
  reporter.say('Cancelling; the environment is being removed. Ctrl-C again leaves at once.');
  cancelRun(client, runId, 'interrupted on the command line').then(
    (outcome) => {
      if (outcome.kind === 'rejected') reporter.say(`Too late to cancel: ${outcome.why}`);
      if (outcome.kind === 'recorded') reporter.say('No worker answers now; the request is recorded.');
    },
    (error: unknown) => reporter.say(`The request to cancel failed: ${String(error)}`),
  );
}

function howToGoOn(runId: string): string {
  if (isStackTemporary()) {
    return `The stack stops now; after \`npm run up\` the run goes on, and \`cc-ci status ${runId}\` shows it.`;
  }
  return `The run goes on without this command: \`cc-ci status ${runId}\` shows it, \`cc-ci cancel ${runId}\` ends it, the same \`cc-ci run\` follows it again.`;
}

function conclude(
  config: ClientConfig,
  input: RunInput,
  run: { runId: string; startedAt: Date },
  ending: Ending,
  json: boolean,
): number {
  const { runId } = run;
  switch (ending.kind) {
    case 'results': {
      const folder = runFolder(config, ending.results.runId);
      for (const line of renderSummary(ending.results)) terminal.say(line);
      terminal.say(renderVerdict(ending.results));
      terminal.say(`results: ${join(folder, 'results.json')}`);
      if (json) terminal.json(ending.results);
      return exitCodeOf(ending.results);
    }
    case 'closed':
    case 'not-removed': {
      const results = resultsOfClosed(input, run, ending);
      terminal.say(renderVerdict(results));
      if (json) terminal.json(results);
      return exitCodeOf(results);
    }
    case 'detached':
      terminal.say(howToGoOn(runId));
      return INTERRUPTED;
  }
}

/** A run that was closed before anybody could write results: what is known here. */
function resultsOfClosed(
  input: RunInput,
  run: { runId: string; startedAt: Date },
  ending: Extract<Ending, { kind: 'closed' | 'not-removed' }>,
): Results {
  return buildResults({
    input,
    runId: run.runId,
    startedAt: run.startedAt.toISOString(),
    nowMs: Date.now(),
    stages: [],
    ended: howItEnded(ending),
    deployCount: 0,
    images: [],
  });
}

function howItEnded(ending: Extract<Ending, { kind: 'closed' | 'not-removed' }>): {
  code: ErrorCode;
  reason: string;
} {
  if (ending.kind === 'not-removed') {
    const reason = `the run was closed from outside, and ${ending.guard} has not reported the removal in time`;
    return { code: 'E_RESIDUE', reason };
  }
  const byForce = ['TERMINATED', 'GONE', 'CANCELLED'].includes(ending.status);
  const how = ending.status === 'GONE' ? 'deleted' : ending.status.toLowerCase().replaceAll('_', ' ');
  return { code: byForce ? 'E_TERMINATED' : 'E_INTERNAL', reason: `the run was ${how}; ${ending.detail}` };
}
