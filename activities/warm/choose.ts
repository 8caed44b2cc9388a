import type { PlannedDependency } from '../../domain/plan.ts';
import type { RecipeDefinition } from '../../domain/recipe.ts';
import { ssoProviderSchema } from '../../domain/sso.ts';
import { STALE_AFTER_MS, warmPlace, type WarmRecord } from '../../domain/warm.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import type { Operation } from '../support/operation.ts';
import { faultOfPage } from './look.ts';
import { readWarmRecord } from './record.ts';

/**
 * The dependency as the run is to have it: with the provider that is kept warm where there is one that can be used, else
 * as it was, to be deployed cold. The log says why.
 * @param dependents the recipes of the run that name it in `deps`
 */
export async function preferWarm(
  deps: HostDependencies,
  operation: Operation,
  planned: PlannedDependency,
  dependents: readonly RecipeDefinition[],
): Promise<PlannedDependency> {
  const provider = ssoProviderSchema.safeParse(planned.recipe).data;
  const record = provider && (await readWarmRecord(deps.paths, provider));
  if (record?.environment.instance !== operation.environment.instance) return planned;
  const warm = warmPlace(record.environment);
  const why = unfitness(record, planned, dependents) ?? (await faultOfPage(deps, operation, warm));
  const what = `${planned.recipe} ${planned.version.tag}`;
  if (why !== undefined) {
    operation.log(`${what} is deployed for this run; the warm one cannot be used: ${why}`);
    return planned;
  }
  operation.log(`${what} is kept warm at ${warm.app.domain}: a realm of this run there`);
  return { ...planned, images: [], warm };
}

/** What speaks against it before it is asked. */
function unfitness(
  { healthy, reason, at, version, environment }: WarmRecord,
  planned: PlannedDependency,
  dependents: readonly RecipeDefinition[],
): string | undefined {
  const other = dependents.find(({ sso }) => sso?.provider !== planned.recipe);
  // What is shared must not be changed but by way of a realm.
  if (other) return `${other.name} uses it for more than signing in`;
  if (version.commit !== planned.version.commit) {
    return `it runs ${version.tag}; \`cc-ci warm up ${planned.recipe}\` upgrades it`;
  }
  if (environment.apps.at(-1)?.source !== planned.source) return 'it comes from another repository';
  const age = Date.now() - Date.parse(at);
  if (age > STALE_AFTER_MS) return `nobody has looked at it since ${at}`;
  return healthy ? undefined : (reason ?? 'it is not healthy');
}
