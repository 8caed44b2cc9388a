import { parseEnvFile } from '../env-file.ts';
import { variableUses, type VariableUse } from './compose-source.ts';
import type { LintInput, LintRule } from './rule.ts';

const SAMPLE = '.env.sample';
const SECRET_VERSION = /^SECRET_.+_VERSION$/;

/** The first use of each variable that neither the recipe nor abra or cc-ci sets. */
function unsetUses({ tree, sources }: LintInput, wanted: (use: VariableUse) => boolean): VariableUse[] {
  const first = new Map<string, VariableUse>();
  for (const use of variableUses(sources)) {
    if (wanted(use) && !Object.hasOwn(tree.env, use.name) && !first.has(use.name)) first.set(use.name, use);
  }
  return [...first.values()];
}

/** The variables that the sample shows to the operator in a comment, as it does with what is optional. */
function shownIn(sample: string): ReadonlySet<string> {
  const commented = sample.matchAll(/^[ \t]*#+[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=/gm);
  return new Set([...commented].map(([, name = '']) => name));
}

const undefinedVariable: LintRule = {
  id: 'CCI-ENV-UNDEFINED',
  severity: 'error',
  what: 'The compose files use a variable without a default that neither the sample names nor abra.sh exports: it is empty in every deploy.',
  remedy: 'Name the variable in .env.sample (commented out if optional), or give it a default.',
  check: (input) => {
    const shown = shownIn(input.tree.sample);
    return unsetUses(
      input,
      ({ name, optional }) => !optional && !SECRET_VERSION.test(name) && !shown.has(name),
    ).map(({ name, place }) => ({ at: place, message: `${name} is not in ${SAMPLE}` }));
  },
};

const secretVersion: LintRule = {
  id: 'CCI-SECRET-VERSION',
  severity: 'error',
  what: 'A secret has its version from a variable that the sample does not set: its name ends without a version, and abra generates no value.',
  remedy: 'Add SECRET_<NAME>_VERSION=v1 to .env.sample.',
  check: (input) =>
    unsetUses(input, ({ name, optional }) => !optional && SECRET_VERSION.test(name)).map(
      ({ name, place }) => ({
        at: place,
        message: `${name} is not set in ${SAMPLE}`,
      }),
    ),
};

const timeoutInSample: LintRule = {
  id: 'CCI-TIMEOUT-SAMPLE',
  severity: 'warning',
  what: 'The timeout label can be changed by TIMEOUT, and the sample does not tell the operator so.',
  remedy: 'Add TIMEOUT with the default of the label to .env.sample.',
  check: (input) => {
    if (shownIn(input.tree.sample).has('TIMEOUT')) return [];
    return unsetUses(input, ({ name, optional }) => optional && name === 'TIMEOUT').map(({ place }) => ({
      at: place,
      message: `TIMEOUT is not in ${SAMPLE}`,
    }));
  },
};

/** A host below an example domain; the domain itself and addresses of mail are not asked for by clients. */
const PLACEHOLDER = /(?<![\w.@-])(?:[a-z0-9-]+\.)+example\.(?:com|org|net)\b/i;

const placeholder: LintRule = {
  id: 'CCI-ENV-PLACEHOLDER',
  severity: 'warning',
  what: "A variable of the sample names a placeholder host that is not the recipe's own: the app sends its users there.",
  remedy:
    'Use <recipe>.example.com, which abra replaces by the domain, or $DOMAIN; or set the variable in recipe.ts.',
  check: ({ tree }) => {
    const last = new Map(parseEnvFile(tree.sample).entries.map((entry) => [entry.key, entry]));
    return [...last.values()].flatMap(({ key, line }) => {
      const [host] = PLACEHOLDER.exec(tree.env[key] ?? '') ?? [];
      if (host === undefined) return [];
      return [{ at: { file: SAMPLE, line }, message: `${key} still names ${host}` }];
    });
  },
};

export const ENV_RULES: readonly LintRule[] = [
  undefinedVariable,
  secretVersion,
  timeoutInSample,
  placeholder,
];
