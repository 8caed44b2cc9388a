import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appDomain,
  recipeNameSchema,
  runIdSchema,
  stackInName,
  stackName,
  warmDomain,
  warmProviderId,
} from '../../../domain/ids.ts';

const recipe = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);

describe('the domain of an app', () => {
  it('differs between environments and between roles [R-56, F-27]', () => {
    // Six digits collide by birthday among thousands; these are the few apps of a few environments.
    const environments = Array.from(
      { length: 40 },
      (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    );
    const roles = ['app', 'keycloak', 'gitea'];
    const domains = environments.flatMap((environmentId) =>
      roles.map((role) => appDomain({ recipe: 'lasuite-docs', role, environmentId, zone: 'ci.test' })),
    );
    expect(new Set(domains).size).toBe(environments.length * roles.length);
  });

  it('is one label below the zone and leaves 41 characters for a secret and its version [R-57]', () => {
    fc.assert(
      fc.property(recipe, fc.uuid(), (name, environmentId) => {
        fc.pre(recipeNameSchema.safeParse(name).success);
        const domain = appDomain({ recipe: name, role: 'app', environmentId, zone: 'ci.test' });
        expect(domain).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?\.ci\.test$/);
        expect(`${stackName(domain)}_`.length).toBeLessThanOrEqual(64 - 41);
      }),
    );
  });
});

describe('the names of a provider that is kept warm', () => {
  it('are none that a run could have, and tell of their zone like those of runs', () => {
    const domain = warmDomain('keycloak', 'ci.test');
    const stack = stackName(domain);
    expect(stackInName(`${stack}_data`, 'ci.test')).toBe('warm-keycloak_ci_test');
    expect(stackInName(`${stack}_data`, 'example.org')).toBeUndefined();
    expect(domain).not.toMatch(/^[a-z0-9-]{1,4}-[0-9a-f]{6}\./);
  });

  it.each(['main', 'Build_Host.example.org', 'x'.repeat(200)])(
    'have the owner of its environment, on %s, in the form of a run',
    (host) => {
      expect(runIdSchema.safeParse(warmProviderId('keycloak', host)).success).toBe(true);
    },
  );
});
