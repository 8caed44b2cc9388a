import { stackInName } from '../../../domain/ids.ts';
import { CCI_LABELS, environmentIdOf } from '../../../domain/labels.ts';
import type { Environment } from '../../../domain/plan.ts';
import { STACK_LABEL } from './docker.ts';

/** On what belongs to the installation itself, as the ingress; never removed and never counted. */
const SYSTEM_LABEL = 'cc-ci.system';

interface Candidate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Whether a Docker object belongs to an environment: by its label, else by the name of one of its stacks, which is
 * unique because it contains a hash of the environment. An object that says that it belongs elsewhere does.
 */
export function belongsTo(environment: Environment, candidate: Candidate): boolean {
  if (candidate.labels[SYSTEM_LABEL] === 'true') return false;
  const instance = candidate.labels[CCI_LABELS.instance];
  if (instance !== undefined && instance !== environment.instance) return false;
  const claimed = environmentIdOf(candidate.labels);
  if (claimed !== undefined) return claimed === environment.id;
  return environment.apps.some((app) =>
    environment.byLabelOnly ? candidate.labels[STACK_LABEL] === app.stack : inStack(app.stack, candidate),
  );
}

/** Whether an object of an environment is to be removed with that app: it is in its stack, or in none. */
export function belongsToApp(environment: Environment, stack: string, candidate: Candidate): boolean {
  if (!belongsTo(environment, candidate)) return false;
  return inStack(stack, candidate) || !environment.apps.some((app) => inStack(app.stack, candidate));
}

export function belongsToInstance(instance: string, candidate: Candidate): boolean {
  return candidate.labels[SYSTEM_LABEL] !== 'true' && candidate.labels[CCI_LABELS.instance] === instance;
}

/**
 * What looks like a part of an environment by its name, while nothing says that it is one: no label of any installation,
 * and nothing of its stack that has one.
 */
export function strangersAmong<T extends Candidate>(found: readonly T[], zone: string): readonly T[] {
  const stackOf = ({ name, labels }: Candidate) =>
    stackInName(name, zone) ?? stackInName(labels[STACK_LABEL] ?? '', zone);
  const isLabelled = ({ labels }: Candidate) =>
    labels[CCI_LABELS.instance] !== undefined || labels[SYSTEM_LABEL] === 'true';
  const known = new Set(found.filter(isLabelled).map(stackOf));
  return found.filter((one) => {
    const stack = stackOf(one);
    return stack !== undefined && !isLabelled(one) && !known.has(stack);
  });
}

function inStack(stack: string, candidate: Candidate): boolean {
  return candidate.labels[STACK_LABEL] === stack || candidate.name.startsWith(`${stack}_`);
}
