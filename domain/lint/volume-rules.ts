import { objectName } from './name-rules.ts';
import type { RecipeTree } from './recipe-tree.ts';
import type { LintRule, Problem } from './rule.ts';

const renamedVolume: LintRule = {
  id: 'CCI-VOLUME-RENAMED',
  severity: 'warning',
  what: 'A path of a service is on another volume than in the version before, whose volume is used nowhere any more: after the upgrade the path is empty, and the data lies in a volume that nothing mounts.',
  remedy: 'Keep the name of the volume, or bring the data over and say so in the release note.',
  check: ({ tree, base }) => {
    const before = base ? mountsOf(base) : [];
    const after = mountsOf(tree);
    const known = new Set(before.map(({ name }) => name));
    const used = new Set(after.map(({ name }) => name));
    return after.flatMap(({ service, key, target, name, at }): Problem[] => {
      const earlier = before.find((mount) => mount.service === service && mount.target === target);
      if (!earlier || known.has(name) || used.has(earlier.name)) return [];
      const message = `${service}: ${target} was on the volume ${earlier.key} and is now on ${key}, which is new`;
      return [{ at: { path: ['services', service, 'volumes', at], hints: [target] }, message }];
    });
  },
};

/** Mounts of named volumes, with the names that the volumes have on the host. */
function mountsOf({ stack, stackName }: RecipeTree) {
  return Object.entries(stack?.services ?? {}).flatMap(([service, { volumes = [] }]) =>
    volumes.flatMap(({ type, source = '', target = '' }, at) => {
      if (type !== 'volume' || source === '') return [];
      const name = objectName(stackName, source, stack?.volumes[source] ?? {});
      return [{ service, key: source, target: target.replace(/(?!^)\/+$/, ''), name, at }];
    }),
  );
}

export const VOLUME_RULES: readonly LintRule[] = [renamedVolume];
