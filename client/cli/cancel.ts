import type { Command } from 'commander';
import { cancelRun, type CancelOutcome } from '../cancel-run.ts';
import { withClient } from '../connection.ts';
import { checkRunId } from '../run-ids.ts';
import { UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

export function addCancel(program: Command): void {
  const cancel = program
    .command('cancel')
    .description('end a run; its environment is removed and the run closes as cancelled')
    .argument('<run>', 'id of a run')
    .option('--reason <text>', 'shown in the results', 'cancelled on the command line')
    .option('--json', 'print one JSON document: {"runId", "outcome"}; `recorded` when no worker answers now')
    .action(async (run: string, options: { reason: string; json?: true }) => {
      const runId = checkRunId(run);
      await withStack(async () => {
        const reason = options.reason.slice(0, 200);
        const outcome = await withClient(terminal.config(), (client) => cancelRun(client, runId, reason));
        terminal.say(describeOutcome(runId, outcome));
        if (options.json) terminal.json({ runId, outcome: outcome.kind });
        return 0;
      });
    });
  helpAfter(cancel, {
    examples: [
      ['cc-ci cancel run-ghost-3f2a9c1d0b4e-1a2b3c', 'end it; `cc-ci status <run>` shows the removal'],
      ['cc-ci cancel run-ghost-3f2a9c1d0b4e-1a2b3c --reason "wrong branch"', 'with words for the report'],
    ],
    exits: 'plain',
  });
}

/** @throws UserError when there is nothing to cancel */
function describeOutcome(runId: string, outcome: CancelOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return `${runId} is being cancelled; \`cc-ci status ${runId}\` shows the removal.`;
    case 'recorded':
      return `No worker answers now; ${runId} is cancelled as soon as one does (\`cc-ci worker\`).`;
    case 'rejected':
      throw new UserError(`${runId} cannot be cancelled: ${outcome.why}`, 'Wait for its results');
    case 'unknown':
      throw new UserError(`there is no open run "${runId}"`, '`cc-ci status` lists the runs');
  }
}
