import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Option, type Command } from 'commander';
import type { DataConfig } from '../../domain/config.ts';
import { withClient } from '../connection.ts';
import { isOpen } from '../follow-run.ts';
import { chooseRun, isStageLog, logSources, refuseUnknown, type LogFilter } from '../logs/sources.ts';
import { isTransient } from '../rpc.ts';
import { Tail, type LogLine } from '../logs/tail.ts';
import { UserError } from '../user-error.ts';
import { hasColours } from './colours.ts';
import { INTERRUPTED, terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { onInterrupts } from './interrupts.ts';
import { isStackUp } from './stack.ts';
import { withoutControls } from './terminal-text.ts';

const LOOK_MS = 500;
const NOTHING_FOLLOWS =
  'cc-ci: the stack is not running, so nothing more is written now; runs in flight go on after `npm run up`.';

interface LogsOptions extends LogFilter {
  readonly follow?: true;
  readonly json?: true;
}

export function addLogs(program: Command): void {
  const logs = program
    .command('logs')
    .description('print the logs of a run, of its stages and of the services of the app, by time')
    .argument('[run]', 'id of a run (default: the latest one of this host)')
    .option(
      '--stage <stage>',
      'only the log of this stage, besides that of --service; images and teardown have one too',
    )
    .option(
      '--service <name>',
      'only the log of this service, which is there once its run has ended its stages',
    )
    .option('--follow', 'go on printing until the run is closed')
    .addOption(new Option('--json', 'print one JSON document: [{"source", "line"}]').conflicts('follow'))
    .action(async (named: string | undefined, { follow, json, ...filter }: LogsOptions) => {
      const config = terminal.dataConfig();
      const runId = chooseRun(config, named);
      if (follow && (await isStackUp())) {
        const followed = withClient(terminal.config(), (client) => followLogs(client, config, runId, filter));
        terminal.exitWith(await followed);
        return;
      }
      refuseMissing(config, runId);
      refuseUnknown(config, runId, filter);
      const lines = new Tail().read(logSources(config, runId, filter), true);
      if (json)
        terminal.json(lines.map(({ source, line }) => ({ source, line: withoutControls(line, false) })));
      else print(lines, prefixes(config, runId, filter));
      if (follow) terminal.say(NOTHING_FOLLOWS);
    });
  helpAfter(logs, {
    examples: [
      ['cc-ci logs', 'everything the latest run has logged'],
      ['cc-ci logs --stage upgrade', 'one stage of it'],
      ['cc-ci logs run-ghost-3f2a9c1d0b4e-1a2b3c --service db', 'what a service said in a certain run'],
      ['cc-ci logs --follow', 'read along while it runs'],
    ],
    exits: 'plain',
  });
}

function refuseMissing(config: DataConfig, runId: string): void {
  if (logSources(config, runId, {}).length > 0) return;
  throw new UserError(`there are no logs of "${runId}" on this host`, '`cc-ci list` shows the runs');
}

async function followLogs(
  client: Client,
  config: DataConfig,
  runId: string,
  filter: LogFilter,
): Promise<number> {
  if (!(await isOpen(client, runId))) refuseMissing(config, runId);
  if (filter.stage !== undefined && !isStageLog(filter.stage)) refuseUnknown(config, runId, filter);
  const tail = new Tail();
  const prefixed = filter.stage === undefined || filter.service !== undefined;
  const stopped = new AbortController();
  const stopListening = onInterrupts(() => stopped.abort());
  try {
    for (;;) {
      // Asked before the files are read, so that nothing is missed that was written before the end.
      const open = await isOpen(client, runId).catch(openWhileAway);
      print(tail.read(logSources(config, runId, filter), !open), prefixed);
      if (!open) return 0;
      await delay(LOOK_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return INTERRUPTED;
    }
  } finally {
    stopListening();
  }
}

/** A server that restarts ends nothing. */
function openWhileAway(error: unknown): true {
  if (isTransient(error)) return true;
  throw error;
}

function prefixes(config: DataConfig, runId: string, filter: LogFilter): boolean {
  return logSources(config, runId, filter).length > 1;
}

/** @param prefixed whether the source stands before each line */
function print(lines: readonly LogLine[], prefixed: boolean): void {
  const colours = hasColours(process.stdout);
  for (const { source, line } of lines) {
    terminal.print(`${prefixed ? `${source.padEnd(8)} | ` : ''}${withoutControls(line, colours)}`);
  }
}
