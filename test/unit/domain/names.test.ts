import { describe, expect, it } from 'vitest';
import { appDomain, extraDomain, guardId, recipeNameSchema, runId } from '../../../domain/ids.ts';

const ENVIRONMENT = '11111111-2222-4333-8444-555555555555';
const APP = { recipe: 'sample', role: 'app', environmentId: ENVIRONMENT, zone: 'ci.test' };

describe('the names of an environment', () => {
  it('give an app four letters of its recipe and a hash, below the zone [R-56]', () => {
    expect(appDomain(APP)).toMatch(/^samp-[0-9a-f]{6}\.ci\.test$/);
    expect(appDomain(APP)).toBe(appDomain({ ...APP }));
  });

  it('put further hosts one label below the zone, so that one certificate covers them [R-57]', () => {
    const domain = extraDomain('collabora', appDomain(APP));
    expect(domain).toMatch(/^collabora-samp-[0-9a-f]{6}\.ci\.test$/);
    expect(domain.split('.')).toHaveLength('ci.test'.split('.').length + 1);
  });
});

describe('the ids of a run', () => {
  it('hold the recipe and the commit, are the same for the same key and differ with the key [O-35]', () => {
    const head = '3f2a9c1d'.repeat(5);
    const id = runId({ recipe: 'sample', head, key: ['a', 'b'] });
    expect(id).toMatch(/^run-sample-3f2a9c1d3f2a-[0-9a-f]{6}$/);
    expect(runId({ recipe: 'sample', head, key: ['a', 'b'] })).toBe(id);
    // Joining the parts to one text would make these the same.
    expect(runId({ recipe: 'sample', head, key: ['a,b'] })).not.toBe(id);
    expect(guardId(id, ENVIRONMENT)).toBe(`guard-${id}-11111111`);
  });

  it.each(['', '-x', 'X', 'a/b', 'a.b', 'a b', '..', 'a'.repeat(64), 'a\n'])(
    'do not take "%s" for a recipe',
    (name) => {
      expect(recipeNameSchema.safeParse(name).success).toBe(false);
    },
  );
});
