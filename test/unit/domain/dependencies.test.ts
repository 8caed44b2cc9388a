import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderDependencies, unreadiness } from '../../../domain/dependencies.ts';
import { appDomain } from '../../../domain/ids.ts';

const graph = (edges: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(edges).map(([recipe, deps]) => ({ recipe, deps }));
const order = (recipe: string, edges: Readonly<Record<string, readonly string[]>>) =>
  orderDependencies(recipe, graph(edges)).map((node) => node.recipe);

describe('the order of dependencies', () => {
  it('has each once, behind all that it needs, and not the recipe itself [R-51]', () => {
    expect(order('ci', { ci: ['forge', 'sso'], forge: ['sso', 'db'], sso: ['db'], db: [] })).toEqual([
      'db',
      'sso',
      'forge',
    ]);
    expect(order('alone', { alone: [] })).toEqual([]);
  });

  it('is the same however the names are listed', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    // An edge leads to an earlier name only, so there is no cycle.
    const edges = fc.tuple(...names.map((_, index) => fc.subarray(names.slice(0, index))));
    fc.assert(
      fc.property(edges, fc.infiniteStream(fc.nat()), (deps, random) => {
        const nodes = names.map((recipe, index) => ({ recipe, deps: deps[index] ?? [] }));
        const shuffle = <T>(list: readonly T[]) =>
          list.map((one) => [random.next().value, one] as const).toSorted(([a], [b]) => a - b);
        const shuffled = shuffle(nodes).map(([, { recipe, deps: own }]) => ({
          recipe,
          deps: shuffle(own).map(([, dep]) => dep),
        }));
        const ordered = orderDependencies('e', nodes).map((node) => node.recipe);
        expect(orderDependencies('e', shuffled).map((node) => node.recipe)).toEqual(ordered);
        expect(new Set(ordered).size).toBe(ordered.length);
        for (const [index, name] of ordered.entries()) {
          const own = nodes.find(({ recipe }) => recipe === name)?.deps ?? [];
          expect(own.every((dep) => ordered.slice(0, index).includes(dep))).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['ci', { ci: ['a'], a: ['b'], b: ['a'] }, 'a → b → a'],
    ['ci', { ci: ['a'], a: ['ci'] }, 'ci → a → ci'],
  ])('names the cycle that %s leads to in %j', (recipe, edges, cycle) => {
    expect(() => order(recipe, edges)).toThrow(cycle);
  });
});

describe('readiness', () => {
  const known = { domain: 'x.ci.test', version: '1.0.0+1', warm: false, durationMs: 1 };

  it('is lacking, with the reason, as soon as one dependency is not ready', () => {
    const ready = { ...known, recipe: 'db', ready: true };
    expect(unreadiness([])).toBeUndefined();
    expect(unreadiness([ready])).toBeUndefined();
    expect(
      unreadiness([ready, { ...known, recipe: 'sso', ready: false, reason: 'GET / answered 502' }]),
    ).toBe('sso is not ready: GET / answered 502');
  });
});

describe('the domain of a dependency', () => {
  it('is another one for every run, and never that of another app of the run [F-27, R-56]', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), name, (one, other, recipe) => {
        fc.pre(one !== other);
        const domain = (environmentId: string, role: string) =>
          appDomain({ recipe, role, environmentId, zone: 'ci.test' });
        expect(domain(one, recipe)).not.toBe(domain(other, recipe));
        expect(domain(one, recipe)).not.toBe(domain(one, 'app'));
        expect(domain(one, recipe)).toMatch(/^[a-z0-9-]+\.ci\.test$/);
      }),
    );
  });
});
