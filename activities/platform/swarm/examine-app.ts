import { CodedError } from '../../../domain/errors.ts';
import type { App, Refusal, Version } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { AppSettings } from '../port.ts';
import { examineTree, type TreeExamination } from './examine.ts';
import { readFileIfAny } from '../../support/environment-files.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Refusals in a message; the rest is in the plan and the log. */
const SHOWN = 5;

/** Renders and judges a checkout for the app as it stands: with its env file when it has one. */
export async function examineApp(
  { config, paths }: SwarmContext,
  operation: Operation,
  treeDir: string,
  what: { readonly app: App; readonly version: Version; readonly settings: AppSettings },
): Promise<TreeExamination> {
  const { environment, run } = operation;
  return examineTree({
    ...what,
    treeDir,
    zoneDomains: environment.apps.map((app) => app.domain),
    renderer: config.CCI_RENDERER,
    run,
    vips: config.CCI_SERVICE_VIPS,
    envText: await readFileIfAny(paths.environment(environment.id).envFile(what.app.domain)),
  });
}

/** The examination when nothing is refused; else rejects with `E_POLICY`, or `E_RENDER` when that is all there is. */
export function refuse<Examined extends { readonly refusals: readonly Refusal[] }>(
  operation: Operation,
  examined: Examined,
): Examined {
  const { refusals } = examined;
  if (refusals.length === 0) return examined;
  for (const refusal of refusals) operation.log(`refused: ${line(refusal)}`);
  const code = refusals.some((refusal) => refusal.code === 'E_POLICY') ? 'E_POLICY' : 'E_RENDER';
  const more = refusals.length > SHOWN ? `; and ${refusals.length - SHOWN} more` : '';
  throw new CodedError(code, operation.redact(`${refusals.slice(0, SHOWN).map(line).join('; ')}${more}`));
}

function line({ file, line: number, rule, message }: Refusal): string {
  return `${file}:${number}: ${rule}: ${message}`;
}
