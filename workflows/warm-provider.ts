import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { ErrorCode } from '../domain/errors.ts';
import { LATE_EVERY_MS } from '../domain/guard.ts';
import { stackName, warmDomain } from '../domain/ids.ts';
import { MEMORY_WAIT_MS, memoryNeeds } from '../domain/memory.ts';
import type { Environment, PlannedDependency } from '../domain/plan.ts';
import type { TeardownReport } from '../domain/results.ts';
import {
  warmStatusSchema,
  type Serving,
  type WarmInput,
  type WarmLook,
  type WarmPlan,
  type WarmStatus,
} from '../domain/warm.ts';
import { warmDetails } from '../domain/warm-details.ts';
import { bounded, hostCleanup, hostSteps } from './activity-options.ts';
import { explain } from './failures.ts';
import { stopWarmUpdate, upgradeWarmUpdate, warmStatusQuery } from './messages.ts';
import { Removal } from './removal.ts';
import { PUBLISH_FOR_MS, retried } from './retried.ts';

/** Bound on reading the recipe; a first fetch of a large repository takes the most of it. */
const PLAN_MS = 5 * 60_000;
/** Bound on all pulls of a version together, and on the wait for memory before them. */
const FETCH_MS = 30 * 60_000 + MEMORY_WAIT_MS;
/** On top of the polls over HTTP: the ready probes, one minute each at most. */
const PROBES_MS = 5 * 60_000;
/** Passes of a removal that does not get on, in one execution. */
const PASSES_EACH = 12;

/**
 * Keeps an identity provider up for all runs of a host: deploys it in an environment of its own, looks at it again and
 * again, upgrades and removes it when asked to. As long as it is open it is the owner of that environment; once it is
 * not, the janitor has the environment removed like any other.
 */
export function warmProvider(input: WarmInput): Promise<WarmStatus> {
  const provider = new WarmProvider(input);
  // Whoever cancels it wants it gone, and that takes some more steps.
  CancellationScope.current().cancelRequested.catch(() => provider.stop());
  return CancellationScope.nonCancellable(() => provider.execute());
}

class WarmProvider {
  private readonly input: WarmInput;
  private status: WarmStatus;
  private serving: Serving | undefined;
  /** It was up once: the deploy of `serving` has come to its end. */
  private isUp: boolean;
  private environment: Environment | undefined;
  /** The version to go over to. */
  private wanted: PlannedDependency | undefined;
  private stopping: boolean;
  /** What may be cut short by a stop. */
  private readonly deploying = new CancellationScope();

  constructor(input: WarmInput) {
    const { recipe, sofar } = input;
    this.input = input;
    this.serving = sofar?.serving;
    this.environment = sofar?.serving.environment;
    this.isUp = sofar !== undefined;
    this.stopping = sofar?.teardown !== undefined;
    this.status = sofar?.status ?? { recipe, phase: 'planning' };
    this.show({});
    setHandler(warmStatusQuery, () => this.status);
    setHandler(upgradeWarmUpdate, () => this.considerUpgrade());
    setHandler(stopWarmUpdate, async ({ force }) => {
      if (!force && !this.stopping) await this.refuseWhileUsed();
      this.stop();
      return this.status;
    });
  }

  stop(): void {
    this.stopping = true;
    this.deploying.cancel();
  }

  async execute(): Promise<WarmStatus> {
    if (!this.input.sofar) {
      const fault = await this.open();
      if (fault !== undefined) return this.end({ phase: 'failed', fault });
    }
    const { probeEveryMs } = this.input;
    while (!this.stopping) {
      if (this.wanted) await this.upgrade(this.wanted);
      await this.probe();
      await condition(() => this.stopping || this.wanted !== undefined, probeEveryMs, {
        summary: 'until the next look',
      });
      if (workflowInfo().continueAsNewSuggested) await this.renew();
    }
    return this.end({ phase: 'removed' });
  }

  /** Returns why the provider did not come up, if it did not. */
  private async open(): Promise<string | undefined> {
    const { recipe, host, instance, zone } = this.input;
    try {
      const { planned } = await this.deploying.run(() => this.plan());
      const { source } = planned;
      const domain = warmDomain(recipe, zone);
      const app = { role: 'app', recipe, source, domain, stack: stackName(domain) };
      // Drawn anew each time: neither ids nor fences of environments are ever used again.
      const environment = { id: uuid4(), runId: workflowInfo().workflowId, instance, host, apps: [app] };
      this.environment = environment;
      const { tag: wanted } = planned.version;
      this.show({ phase: 'deploying', environmentId: environment.id, domain, wanted });
      const serving = (this.serving = { environment, planned });
      await this.deploying.run(() => this.deploy(serving));
      this.isUp = true;
      this.show({ phase: 'serving', version: wanted, wanted: undefined });
      return undefined;
    } catch (error) {
      return isCancellation(error) ? 'it was stopped before it was up' : reasonOf(error);
    }
  }

  private plan(): Promise<WarmPlan> {
    const { sofar: _carried, ...input } = this.input;
    const { planWarm } = hostSteps(input.host, PLAN_MS);
    return planWarm.executeWithOptions({ summary: `find the newest ${input.recipe}` }, [input]);
  }

  /** Deploys a version, over what runs if anything does, and waits until it can be used. */
  private async deploy({ environment, planned }: Serving): Promise<void> {
    const [app] = environment.apps;
    if (!app) throw new Error('an environment has at least one app');
    const { version, images, limits } = planned;
    const { host } = this.input;
    const what = `${app.recipe} ${version.tag}`;
    const at = { environment, app, version };
    const { fetchImages } = hostSteps(host, FETCH_MS);
    const summary = `fetch ${images.length} images of ${what}`;
    // A version that is upgraded has its memory already.
    const memory = this.isUp ? {} : { memory: memoryNeeds(app.recipe, planned) };
    await fetchImages.executeWithOptions({ summary }, [{ environment, app, images, ...memory }]);
    const steps = hostSteps(host, limits.deployTimeoutMs);
    await steps.deployApp.executeWithOptions({ summary: `deploy ${what}` }, [at]);
    const bounds = bounded(limits.deployTimeoutMs + limits.httpTimeoutMs + PROBES_MS);
    const { value } = await steps.awaitDependency.executeWithOptions(
      { ...bounds, summary: `wait until ${what} is ready` },
      [{ ...at, timeoutMs: limits.deployTimeoutMs }],
    );
    const broken = value.find(({ ok }) => !ok);
    if (broken) throw refusal('E_DEPENDENCY', `${broken.name}: ${broken.detail}`);
  }

  /** Data stays; a version that does not come up leaves things as they are, to be tried again. */
  private async upgrade(planned: PlannedDependency): Promise<void> {
    const { serving } = this;
    if (!serving) return;
    const { tag } = planned.version;
    this.show({ phase: 'upgrading', wanted: tag, fault: undefined });
    const next = { ...serving, planned };
    try {
      await this.deploying.run(() => this.deploy(next));
      this.serving = next;
      this.show({ phase: 'serving', version: tag, wanted: undefined });
    } catch (error) {
      const fault = `the upgrade to ${tag}: ${reasonOf(error)}`;
      this.show({ phase: 'serving', wanted: undefined, fault });
    }
    this.wanted = undefined;
  }

  /** Never fails: what comes back after a boot of its host is waited for (spec R-54). */
  private async probe(): Promise<void> {
    if (this.serving && !this.stopping) await this.look(this.serving);
  }

  private async look(serving: Serving): Promise<WarmLook> {
    const seen = await this.seen(serving);
    this.show({ reason: undefined, realms: undefined, ...seen });
    return seen;
  }

  private async seen(serving: Serving): Promise<WarmLook> {
    const { probeWarm } = hostCleanup(this.input.host);
    try {
      return await probeWarm.executeWithOptions({ summary: `look at ${this.status.domain ?? ''}` }, [
        serving,
      ]);
    } catch (error) {
      const reason = `it could not be looked at: ${reasonOf(error)}`;
      return { healthy: false, reason, at: new Date().toISOString() };
    }
  }

  private async considerUpgrade(): Promise<WarmStatus> {
    const { serving, status } = this;
    if (this.stopping) throw refusal('E_CANCELLED', `${status.recipe} is being removed`);
    // It is at it already.
    if (!serving || !this.isUp || this.wanted) return status;
    const { planned, proven } = await this.plan().catch((error: unknown) => {
      const { code, reason } = explain(error);
      throw refusal(code, reason);
    });
    const { tag, commit } = planned.version;
    if (commit === serving.planned.version.commit) return this.status;
    if (!proven)
      throw refusal('E_DEPENDENCY', `no whole run of ${status.recipe} ${tag} has passed on this host`);
    await this.refuseWhileUsed();
    this.wanted = planned;
    this.show({ phase: 'upgrading', wanted: tag, healthy: undefined, at: undefined });
    return this.status;
  }

  private async refuseWhileUsed(): Promise<void> {
    if (!this.serving || !this.isUp) return;
    const { realms, reason = 'no reason given' } = await this.look(this.serving);
    if (realms === 0) return;
    if (realms === undefined)
      throw refusal('E_DEPENDENCY', `whether runs have realms there cannot be seen: ${reason}`);
    throw refusal(
      'E_DEPENDENCY',
      `${realms === 1 ? 'a run has a realm' : `${realms} runs have realms`} there`,
    );
  }

  private async end(outcome: Pick<WarmStatus, 'phase' | 'fault'>): Promise<WarmStatus> {
    const { environment } = this;
    if (environment) await this.remove(environment);
    this.show({ ...outcome, healthy: undefined, reason: undefined });
    await condition(allHandlersFinished);
    return this.status;
  }

  private async remove(environment: Environment): Promise<void> {
    const { sofar } = this.input;
    this.show({ phase: 'removing', healthy: false, reason: 'it is being removed', realms: undefined });
    const { forgetWarm } = hostCleanup(environment.host);
    const summary = 'no run is planned with it any more';
    await retried(() => forgetWarm.executeWithOptions({ summary }, [{ environment }]), PUBLISH_FOR_MS);
    const tell = ({ removed, left }: TeardownReport) =>
      this.show({ removed: removed.length, left: [...left] });
    const removal = new Removal(environment, sofar?.teardown ?? { cause: 'released' }, tell);
    if (!sofar?.teardown) await removal.begin();
    let teardown = await removal.untilEmpty();
    for (let pass = 1; teardown.left.length > 0; pass += 1) {
      log.error('objects of a warm provider are left; going on', { left: teardown.left });
      if (pass > PASSES_EACH) await this.renew(teardown);
      await sleep(LATE_EVERY_MS, { summary: 'until the next pass for what is left' });
      teardown = await removal.pass();
    }
  }

  /** Goes on with an empty history. */
  private async renew(teardown?: TeardownReport): Promise<void> {
    await condition(allHandlersFinished);
    const { serving, status } = this;
    // What a handler has asked for meanwhile is done first.
    if (!serving || (!teardown && (this.stopping || this.wanted))) return;
    const carried = { serving, status, ...(teardown ? { teardown } : {}) };
    await continueAsNew<typeof warmProvider>({ ...this.input, sofar: carried });
  }

  private show(change: { [Key in keyof WarmStatus]?: WarmStatus[Key] | undefined }): void {
    const entries = Object.entries({ ...this.status, ...change }).filter(([, value]) => value !== undefined);
    this.status = warmStatusSchema.parse(Object.fromEntries(entries));
    setCurrentDetails(warmDetails(this.status));
  }
}

function refusal(code: ErrorCode, reason: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(reason, code);
}

function reasonOf(error: unknown): string {
  const { code, reason } = explain(error);
  return `${code}: ${reason}`.slice(0, 2000);
}
