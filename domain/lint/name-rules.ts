import type { RecipeTree } from './recipe-tree.ts';
import type { LintRule, Problem } from './rule.ts';

/** Swarm's limit for names of secrets and configs, stack included. */
const MAX_NAME = 64;
/** Longer than most domains of instances, the recipe's own name in front. */
const LONG_DOMAIN = 40;

const nameLength: LintRule = {
  id: 'CCI-NAME-LENGTH',
  severity: 'error',
  what: `The name of a secret or config is longer than the ${MAX_NAME} characters that swarm takes, although the domain of a run is short.`,
  remedy: 'Shorten the name of the secret or config.',
  check: ({ tree }) =>
    fileObjects(tree)
      .filter(({ name }) => name.length > MAX_NAME)
      .map(({ path, name }) => ({ at: { path }, message: `${name} has ${name.length} characters` })),
};

const nameLengthForLongDomain: LintRule = {
  id: 'CCI-NAME-LENGTH-LONG',
  severity: 'warning',
  what: `The name of a secret or config would be longer than ${MAX_NAME} characters for a domain of ${LONG_DOMAIN}.`,
  remedy: 'Shorten the name of the secret or config.',
  check: ({ tree }) =>
    fileObjects(tree).flatMap(({ path, name }): Problem[] => {
      const own = name.slice(tree.stackName.length);
      if (!name.startsWith(tree.stackName) || name.length > MAX_NAME) return [];
      if (LONG_DOMAIN + own.length <= MAX_NAME) return [];
      const budget = MAX_NAME - own.length;
      return [{ at: { path }, message: `${own.slice(1)} leaves ${budget} characters for the domain` }];
    }),
};

interface FileObject {
  readonly path: readonly string[];
  readonly name: string;
}

function fileObjects({ stack, stackName }: RecipeTree): FileObject[] {
  return (['secrets', 'configs'] as const).flatMap((kind) =>
    Object.entries(stack?.[kind] ?? {}).map(([key, object]) => ({
      path: [kind, key, 'name'],
      name: objectName(stackName, key, object),
    })),
  );
}

/** What a volume, secret or config of the stack is called on the host. */
export function objectName(
  stackName: string,
  key: string,
  { name, external }: { readonly name?: string | undefined; readonly external?: boolean | undefined },
): string {
  return name ?? (external ? key : `${stackName}_${key}`);
}

const configVersion: LintRule = {
  id: 'CCI-CONFIG-VERSION',
  severity: 'error',
  what: 'The file of a config differs from that of the version before, but the name does not: swarm refuses the upgrade.',
  remedy: 'Raise the version of the config in abra.sh, which is part of its name.',
  check: ({ tree, base }) => {
    const before = new Map(base?.configs.map((config) => [config.name, config.sha256]));
    return tree.configs
      .filter(({ name, sha256 }) => before.has(name) && before.get(name) !== sha256)
      .map(({ kind, key, file }) => ({
        at: { path: [kind, key, 'name'] },
        message: `${file} has changed, and ${key} still has the same name`,
      }));
  },
};

export const NAME_RULES: readonly LintRule[] = [nameLength, nameLengthForLongDomain, configVersion];
