import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { DependencyResult } from '../domain/dependencies.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { App, Environment, Plan, PlannedDependency, Version, WarmPlace } from '../domain/plan.ts';
import type { Results } from '../domain/results.ts';
import { bounded, hostSteps } from './activity-options.ts';
import { explain } from './failures.ts';

/** Bound on the pulls of one dependency. */
const FETCH_MS = 30 * 60_000;
/** On top of the polls over HTTP: the ready probes, one minute each at most. */
const PROBES_MS = 5 * 60_000;
/** How long a provider that is kept warm may take to come back after a boot of its host. */
const WARM_MS = 10 * 60_000;

interface Why {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** Deploys what the app under test needs, once each; those that do not need each other side by side. */
export class Dependencies {
  readonly results: DependencyResult[] = [];
  images: Results['images'] = [];
  private readonly environment: Environment;
  private readonly planned: readonly PlannedDependency[];

  constructor(environment: Environment, { dependencies = [] }: Plan) {
    this.environment = environment;
    this.planned = dependencies;
  }

  /** Never rejects for the fault of a dependency: what is not ready is data. */
  async deploy(): Promise<void> {
    const outcomes = new Map<string, Promise<DependencyResult>>();
    for (const one of this.planned) {
      // Those that it needs stand before it.
      const needed = one.deps.flatMap((recipe) => outcomes.get(recipe) ?? []);
      outcomes.set(one.recipe, this.deployOne(one, needed));
    }
    // The last cancellation counts once all have ended: nothing goes on behind the stages.
    const settled = await Promise.allSettled(outcomes.values());
    for (const outcome of settled) {
      if (outcome.status === 'rejected') throw outcome.reason;
      this.results.push(outcome.value);
    }
  }

  private async deployOne(
    planned: PlannedDependency,
    needed: readonly Promise<DependencyResult>[],
  ): Promise<DependencyResult> {
    const before = await Promise.all(needed);
    const startedMs = Date.now();
    const app = this.appOf(planned);
    const missing = before.filter(({ ready }) => !ready).map(({ recipe }) => recipe);
    const why: Why | undefined =
      missing.length > 0
        ? { code: 'E_DEPENDENCY', reason: `it needs ${missing.join(', ')}` }
        : await this.ensure(planned, app);
    const { recipe, version } = planned;
    const durationMs = Date.now() - startedMs;
    const warm = planned.warm !== undefined;
    const known = { recipe, domain: app.domain, version: version.tag, warm, durationMs };
    return why ? { ...known, ready: false, ...why } : { ...known, ready: true };
  }

  /** Returns why the app cannot be relied on, if it cannot. */
  private async ensure(planned: PlannedDependency, app: App): Promise<Why | undefined> {
    const { environment } = this;
    const { version, limits, images, deps } = planned;
    const what = `${app.recipe} ${version.tag}`;
    const steps = hostSteps(environment.host, limits.deployTimeoutMs);
    const at = { environment, app, version };
    try {
      if (planned.warm) return await this.awaitWarm(planned.warm, version);
      const { fetchImages } = hostSteps(environment.host, FETCH_MS);
      const summary = `fetch ${images.length} images of ${what}`;
      const fetched = await fetchImages.executeWithOptions({ summary }, [{ environment, app, images }]);
      this.images = [...this.images, ...fetched.map(({ name, digest }) => ({ name, digest }))];
      if (deps.length > 0) {
        await steps.wireApp.executeWithOptions({ summary: `wire ${what} to ${deps.join(', ')}` }, [at]);
      }
      await steps.deployApp.executeWithOptions({ summary: `deploy ${what}` }, [at]);
      const bounds = bounded(limits.deployTimeoutMs + limits.httpTimeoutMs + PROBES_MS);
      const waited = await steps.awaitDependency.executeWithOptions(
        { ...bounds, summary: `wait until ${what} is ready` },
        [{ ...at, timeoutMs: limits.deployTimeoutMs }],
      );
      const broken = waited.value.find(({ ok }) => !ok);
      return broken && { code: 'E_DEPENDENCY', reason: `${broken.name}: ${broken.detail}` };
    } catch (error) {
      if (isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
      return explain(error);
    }
  }

  /** It may have been well when the run was planned, and just be coming back after a boot of the host (spec R-54). */
  private async awaitWarm(warm: WarmPlace, { commit }: Version): Promise<Why | undefined> {
    const { environment } = this;
    const { awaitWarm } = hostSteps(environment.host, WARM_MS);
    const summary = `wait until ${warm.app.domain} can be used`;
    const waited = await awaitWarm.executeWithOptions({ summary }, [
      { environment, warm, commit, timeoutMs: WARM_MS },
    ]);
    return waited.value === null ? undefined : { code: 'E_DEPENDENCY', reason: waited.value };
  }

  private appOf({ recipe, warm }: PlannedDependency): App {
    if (warm) return warm.app;
    const app = this.environment.apps.find(({ role }) => role === recipe);
    if (!app) throw new Error(`the environment has no ${recipe}`);
    return app;
  }
}
