import type { Command } from 'commander';
import { findReport } from '../find-report.ts';
import { openFile } from '../open-file.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

export function addReport(program: Command): void {
  const report = program
    .command('report')
    .description('show where the report of a run is, or open it; without a run the latest report')
    .argument('[run]', 'id of a run')
    .option('--open', 'open it with the program of the desktop')
    .option('--json', 'print one JSON document: {"runId", "path", "opened"}')
    .action(async (run: string | undefined, options: { open?: true; json?: true }) => {
      const { runId, path } = findReport(terminal.dataConfig(), run);
      const fault = options.open
        ? await openFile(path, process.platform, terminal.environment())
        : 'not asked for';
      if (options.json) terminal.json({ runId, path, opened: fault === undefined });
      else terminal.print(path);
      if (options.open && fault !== undefined) {
        terminal.say(`cc-ci: it was not opened: ${fault}. Open the path above with a browser.`);
      }
    });
  helpAfter(report, {
    examples: [
      ['cc-ci report', 'path of the latest report'],
      ['cc-ci report run-custom-html-3f2a9c1d0b5e-8d41aa --open', 'open that of a run'],
    ],
    exits: 'plain',
  });
}
