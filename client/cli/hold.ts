import type { Command } from 'commander';
import { withClient } from '../connection.ts';
import { holdRun, parseHold } from '../hold-run.ts';
import { checkRunId } from '../run-ids.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

export function addHold(program: Command): void {
  const hold = program
    .command('hold')
    .description(
      'keep the environment of a run after its stages, or for longer; one per host, 4 hours at most',
    )
    .argument('<run>', 'id of an open run')
    .requiredOption(
      '--for <duration>',
      'from the end of the stages, or from now when it is held: 30m, 2h, 1h30m',
    )
    .option(
      '--json',
      'print one JSON document: {"runId": ..., "until": ...}; until is null while the stages run',
    )
    .action(async (run: string, options: { for: string; json?: true }) => {
      const runId = checkRunId(run);
      const forMs = parseHold(options.for);
      await withStack(async () => {
        const until = await withClient(terminal.config(), (client) => holdRun(client, runId, forMs));
        if (options.json) terminal.json({ runId, until: until?.toISOString() ?? null });
        terminal.say(
          until
            ? `${runId} is held until ${until.toISOString()}; \`cc-ci release ${runId}\` removes it.`
            : `${runId} is held for ${options.for} when its stages are over.`,
        );
        return 0;
      });
    });
  helpAfter(hold, {
    examples: [
      ['cc-ci hold run-ghost-3f2a9c1d0b4e-1a2b3c --for 30m', 'look at the app half an hour'],
      ['cc-ci run ghost --hold 30m', 'the same, asked for at the start'],
    ],
    exits: 'plain',
  });
}
