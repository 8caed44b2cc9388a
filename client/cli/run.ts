import { Option, type Command } from 'commander';
import type { Client } from '@temporalio/client';
import type { ClientConfig } from '../../domain/config.ts';
import type { RunInput } from '../../domain/plan.ts';
import { cancelRun } from '../cancel-run.ts';
import { withClient } from '../connection.ts';
import { followRun, type Ending } from '../follow-run.ts';
import { holdRun, parseHold } from '../hold-run.ts';
import { uiLink } from '../links.ts';
import { checkRequest, startRun } from '../start-run.ts';
import { conclude, howToGoOn } from './conclude.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { onInterrupts } from './interrupts.ts';
import { checkOutputFile } from './output-file.ts';
import { planHere } from './plan-here.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { withStack } from './stack.ts';

interface RunOptions {
  readonly stages?: string;
  readonly ref?: string;
  readonly base?: string;
  readonly source?: string;
  readonly hold?: string;
  readonly detach?: true;
  readonly junit?: string;
  readonly json?: true;
  readonly onInterrupt: 'detach' | 'cancel';
}

export function addRun(program: Command): void {
  const verb = program
    .command('run')
    .description('test a recipe through its lifecycle; the same request joins the run that is under way')
    .argument('<recipe>', 'name of the recipe, such as custom-html')
    .option('--stages <stages>', 'comma list of stages; a subset is a partial run without a level')
    .option('--ref <ref>', 'branch, tag or commit to test (default: HEAD of the repository)')
    .option('--base <tag>', 'version to upgrade from (default: the published version before)')
    .option('--source <path or URL>', 'repository of the recipe (default: CCI_RECIPE_SOURCE)')
    .option(
      '--hold <duration>',
      'keep the environment after the stages, 1m to 4h (30m, 2h); this command ends with the verdict',
    )
    .addOption(
      new Option('--detach', 'start it and do not wait; excludes --junit and --on-interrupt').conflicts([
        'junit',
        'onInterrupt',
      ]),
    )
    .option('--junit <file>', 'write the results of this run, red ones too, in the form of JUnit to a file')
    .option('--json', 'print the results as one JSON document')
    .addOption(
      new Option('--on-interrupt <what>', 'what the first Ctrl-C does')
        .choices(['detach', 'cancel'])
        .default('detach'),
    )
    .action(async (recipe: string, options: RunOptions) => {
      const request = checkRequest({ recipe, ...options });
      const holdMs = options.hold === undefined ? undefined : parseHold(options.hold);
      const junit =
        options.junit === undefined
          ? undefined
          : checkOutputFile('--junit', options.junit, terminal.workingFolder());
      await withStack(async () => {
        const config = terminal.config();
        const planned = await planHere(config, request);
        const input = holdMs === undefined ? planned : { ...planned, holdMs };
        return withClient(config, (client) => run(client, config, input, { ...options, junit }));
      });
    });
  helpAfter(verb, {
    examples: [
      ['cc-ci run custom-html', 'the default branch, upgraded from the published version'],
      ['cc-ci run ghost --source . --stages install', 'a quick look at the checkout you are in'],
      ['cc-ci run ghost --ref my-branch --base 1.2.0+6.1.0', 'an upgrade between two versions'],
      ['cc-ci run ghost --junit junit.xml --on-interrupt cancel', 'as a job of another CI system'],
      ['cc-ci run ghost --hold 30m', 'and look at the app for half an hour afterwards'],
      ['cc-ci run ghost --detach --json', 'only start it, and print its id'],
    ],
    exits: 'runs',
  });
}

interface Wishes extends Pick<RunOptions, 'detach' | 'json' | 'onInterrupt'> {
  /** Absolute path. */
  readonly junit: string | undefined;
}

async function run(client: Client, config: ClientConfig, input: RunInput, wishes: Wishes): Promise<number> {
  const startedAt = new Date();
  const { runId, joined, since } = await startRun(client, input);
  // One that is under way has an input of its own.
  if (joined && input.holdMs !== undefined) await holdRun(client, runId, input.holdMs);
  const link = await uiLink(config, runId);
  terminal.say(`${joined ? 'joined' : 'started'} ${runId}`);
  terminal.say(`UI: ${link}`);
  if (wishes.detach) {
    if (wishes.json) terminal.json({ runId, joined });
    terminal.say(howToGoOn(runId));
    return 0;
  }
  const reporter = createReporter(`${input.recipe} ${input.ref}`, process.stderr);
  const watching = new AbortController();
  const stopListening = onInterrupts((count) => {
    const cancels = wishes.onInterrupt === 'cancel';
    interrupted({ client, runId, reporter, watching, cancels, count });
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
  return conclude(config, { input, runId, startedAt }, ending, wishes);
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
