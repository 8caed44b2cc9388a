import type { Command } from 'commander';
import { withClient } from '../connection.ts';
import { releaseRun } from '../hold-run.ts';
import { checkRunId } from '../run-ids.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

export function addRelease(program: Command): void {
  const release = program
    .command('release')
    .description('give the held environment of a run up; it is removed at once, and the verdict stands')
    .argument('<run>', 'id of a run whose environment is held')
    .option('--json', 'print one JSON document: {"runId": ..., "released": true}')
    .action(async (run: string, options: { json?: true }) => {
      const runId = checkRunId(run);
      await withStack(async () => {
        await withClient(terminal.config(), (client) => releaseRun(client, runId));
        if (options.json) terminal.json({ runId, released: true });
        terminal.say(`${runId} is released; \`cc-ci status ${runId}\` shows the removal.`);
        return 0;
      });
    });
  helpAfter(release, {
    examples: [['cc-ci release run-ghost-3f2a9c1d0b4e-1a2b3c', 'when there is nothing more to look at']],
    exits: 'plain',
  });
}
