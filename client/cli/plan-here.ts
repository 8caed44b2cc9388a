import type { ClientConfig } from '../../domain/config.ts';
import type { RunInput } from '../../domain/plan.ts';
import { ROOT } from '../config.ts';
import { loadFolder } from '../recipe-folder/folder-facts.ts';
import { planRun, type CheckedRequest } from '../start-run.ts';
import { terminal } from './context.ts';

/** Finds the repository and pins what could move, as seen from this process; says when changes are what is tested. */
export async function planHere(config: ClientConfig, request: CheckedRequest): Promise<RunInput> {
  const caller = { workingFolder: terminal.workingFolder(), environment: terminal.environment() };
  const { definition } = await loadFolder(request.recipe, ROOT);
  const input = await planRun(config, { ...request, source: request.source ?? definition.source }, caller);
  if (input.dirty) {
    const name = `${input.head.slice(0, 8)}+U`;
    terminal.say(
      `The work tree of ${input.source} has uncommitted changes: it is tested as it is, as ${name} (--ref HEAD tests the commit).`,
    );
  }
  return input;
}
