import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import { describeProgram } from '../completion/words.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';

export function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .description('print a script that completes verbs, options, recipes and runs in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .option('--json', 'print one JSON document: {"shell", "script"}')
    .action((shell: Shell, options: { json?: true }) => {
      const data = terminal.dataConfig().CCI_DATA;
      const script = completionScript(shell, describeProgram(program), data);
      if (options.json) terminal.json({ shell, script });
      else terminal.print(script.trimEnd());
    });
  helpAfter(completion, {
    examples: [
      ['source <(cc-ci completion bash)', 'for this bash; in ~/.bashrc for every one'],
      ['source <(cc-ci completion zsh)', 'the same for zsh, after compinit'],
      ['cc-ci completion fish > ~/.config/fish/completions/cc-ci.fish', 'for every fish'],
    ],
    exits: 'plain',
  });
}
