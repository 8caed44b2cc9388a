import { log } from '@temporalio/workflow';
import { unreadiness } from '../domain/dependencies.ts';
import { errorFacts, isErrorCode } from '../domain/errors.ts';
import { registryHost } from '../domain/image-reference.ts';
import { MEMORY_WAIT_MS, memoryNeeds } from '../domain/memory.ts';
import type { Plan, RunInput, Version } from '../domain/plan.ts';
import type { Results } from '../domain/results.ts';
import type { Stage, StageResult } from '../domain/stages.ts';
import { hostSteps } from './activity-options.ts';
import { beside } from './beside.ts';
import { Dependencies } from './dependencies.ts';
import type { OpenEnvironment } from './environment.ts';
import { explain, type Explained } from './failures.ts';
import type { RunRecord } from './run-record.ts';
import { backup } from './stages/backup.ts';
import { nameOf, target, type StageContext, type StageFacts } from './stages/context.ts';
import { custom } from './stages/custom.ts';
import { install } from './stages/install.ts';
import { restore } from './stages/restore.ts';
import { endStage } from './stages/run-stage.ts';
import { whileLoadingSpecs, type RunSpecs } from './stages/specs.ts';
import { upgrade } from './stages/upgrade.ts';

/** Bound on all pulls of a version together, and on the wait for memory before them. */
const FETCH_TIMEOUT_MS = 30 * 60_000 + MEMORY_WAIT_MS;
/** Small steps of a stage poll for up to some minutes, however short the recipe's own timeout is. */
const LEAST_STEP_MS = 10 * 60_000;

interface LifecycleInput {
  readonly input: RunInput;
  readonly plan: Plan;
  readonly record: RunRecord;
  readonly opened: OpenEnvironment;
  /** Why the version to upgrade from did not install in an earlier environment. */
  readonly baseFailure: Explained | undefined;
}

/** The stages on one environment, from the fetching of images to the recipe's own specs. */
export class Lifecycle {
  readonly facts: StageFacts;
  readonly dependencies: Dependencies;
  images: Results['images'] = [];
  /** Registries that an image was pulled from. */
  readonly served = new Set<string>();
  baseFailure: Explained | undefined;
  /** The first deploy is that of the head. */
  deploysHead = false;
  private readonly given: LifecycleInput;
  private readonly context: StageContext;

  constructor(given: LifecycleInput) {
    const { plan, record, opened } = given;
    const { environment } = opened;
    const app = environment.apps.at(-1);
    if (!app) throw new Error('an environment has at least one app');
    this.given = given;
    this.baseFailure = given.baseFailure;
    this.facts = { version: plan.head };
    this.dependencies = new Dependencies(environment, plan);
    const steps = hostSteps(environment.host, Math.max(plan.limits.deployTimeoutMs, LEAST_STEP_MS));
    this.context = { record, environment, app, plan, steps, facts: this.facts };
  }

  /**
   * Stages that cannot be reached have no result. Ends early when the base does not install, or stops working before the
   * head touches it; `baseFailure` says why.
   */
  async run(wanted: Version | undefined): Promise<void> {
    const { record, plan } = this.given;
    record.enter('fetching images');
    const base = wanted && (await this.fetchBase(wanted)) ? wanted : undefined;
    const ofHead = await this.fetch(plan.images.head, `${plan.images.head.length} images of the head`);
    // An image that base and head share is named once.
    this.images = [...ofHead, ...this.images.filter(({ name }) => !plan.images.head.includes(name))];
    this.deploysHead = base === undefined;
    this.facts.version = base ?? plan.head;
    await this.deployDependencies();
    record.enter('stages');

    const tried = await install(this.context);
    const installed = this.excuse(tried);
    if (base && isBrokenBase(installed)) return this.giveUp(installed);
    await this.given.opened.note(installed);
    // What is excused does not stand for that.
    if (!stands(tried)) return;
    await this.whilePreparingBackup(async (prepared) => {
      if (!(await this.upgrade())) return;
      await prepared;
      await this.dataStages();
    });
  }

  private async deployDependencies(): Promise<void> {
    const { record, plan } = this.given;
    if (!plan.dependencies?.length) return;
    record.enter('deploying dependencies');
    await this.dependencies.deploy();
    const { results, images } = this.dependencies;
    this.images = [...this.images, ...images];
    this.facts.dependencies = results.filter(({ recipe }) => plan.deps?.includes(recipe));
  }

  /** Without what it needs an app may well not install: that says nothing about the recipe. */
  private excuse(installed: StageResult): StageResult {
    const unready = unreadiness(this.facts.dependencies ?? []);
    if (unready === undefined || installed.status !== 'fail') return installed;
    const reason = `${unready}; without it: ${installed.reason ?? 'no reason given'}`;
    const excused: StageResult = { ...installed, status: 'unverified', code: 'E_DEPENDENCY', reason };
    this.given.record.stageEnded(excused);
    return excused;
  }

  /** What a backup needs and takes long to make is made beside the upgrade; without it the backup makes it itself. */
  private async whilePreparingBackup(body: (prepared: Promise<void>) => Promise<void>): Promise<void> {
    if (!this.runs('backup')) return body(Promise.resolve());
    const { prepareBackup } = this.context.steps;
    const summary = 'make the repository of the backup';
    const ahead = () => prepareBackup.executeWithOptions({ summary }, [target(this.context, 'backup')]);
    return beside(ahead, async (made) => {
      const done = made.then(
        () => undefined,
        (error: unknown) => log.info('no repository could be made ahead', { error: String(error) }),
      );
      await body(done);
    });
  }

  /** Of the head nothing is known yet, and the base's fault is not the head's. */
  private async giveUp({ name, reason = 'no reason given' }: StageResult): Promise<void> {
    this.baseFailure = { code: 'E_ASSERTION', reason: `${name}: ${reason}` };
    for (const stage of ['install', 'upgrade'] as const) {
      await this.put(stage, { status: 'unverified', reason, code: 'E_BASE_BROKEN' });
    }
  }

  /** Returns whether the app stands afterwards. */
  private async upgrade(): Promise<boolean> {
    if (this.baseFailure) {
      const reason = `there was nothing to upgrade from: ${this.baseFailure.reason}`;
      await this.put('upgrade', { status: 'unverified', reason, code: 'E_BASE_BROKEN' });
      return true;
    }
    const result = await this.stage('upgrade', () => upgrade(this.context));
    if (result?.code === 'E_BASE_BROKEN') {
      await this.giveUp(result);
      return false;
    }
    // One that ended with an exception left the app half-way; assertions that do not hold are data about a whole one.
    return result === undefined || result.status === 'skip' || result.assertions.length > 0;
  }

  private async dataStages(): Promise<void> {
    const saved = await this.stage('backup', () => backup(this.context));
    const { snapshot } = this.facts;
    const use = (loaded?: RunSpecs) => this.stage('custom', () => custom(this.context, loaded));
    if (snapshot) {
      const restoreAndUse = async (loaded?: RunSpecs) => {
        const restored = await this.stage('restore', () => restore(this.context, snapshot));
        // What specs miss after a failed restore says nothing more.
        if (restored?.status !== 'fail' && restored?.status !== 'error') await use(loaded);
      };
      // A restore takes long enough to load those of the stage behind it as well.
      if (this.runs('custom')) await whileLoadingSpecs(this.context, 'custom', restoreAndUse);
      else await restoreAndUse();
      return;
    }
    if (saved && saved.status !== 'fail' && saved.status !== 'error') {
      // There is nothing to restore, for the reason that there is nothing to back up.
      const { status, reason = 'there is no backup', code } = saved;
      const why = { reason, ...(isErrorCode(code) ? { code } : {}) };
      await this.put('restore', { status: status === 'skip' ? 'skip' : 'unverified', ...why });
    }
    await use();
  }

  private runs(name: Stage): boolean {
    const { input, plan } = this.given;
    return input.stages.includes(name) && !plan.skips.some(({ stage }) => stage === name);
  }

  /** Runs a stage if it is wanted; one that cannot run for this recipe is skipped with the reason. */
  private async stage(name: Stage, body: () => Promise<StageResult>): Promise<StageResult | undefined> {
    const { input, plan, opened } = this.given;
    const reason = plan.skips.find(({ stage }) => stage === name)?.reason;
    if (reason !== undefined) return this.put(name, { status: 'skip', reason });
    if (!input.stages.includes(name)) return undefined;
    const result = await body();
    await opened.note(result);
    return result;
  }

  /** Records a stage that did not run, if it is wanted. */
  private async put(name: Stage, outcome: Parameters<typeof endStage>[2]): Promise<StageResult | undefined> {
    const { input, record, opened } = this.given;
    if (!input.stages.includes(name)) return undefined;
    const result = endStage(record, name, outcome);
    await opened.note(result);
    return result;
  }

  /** Whether the base can be had; images that upstream has removed make it a broken one, and nothing is deployed yet. */
  private async fetchBase(base: Version): Promise<boolean> {
    const { plan } = this.given;
    try {
      this.images = await this.fetch(
        plan.images.base,
        `${plan.images.base.length} images of ${nameOf(base)}`,
        plan.images.head,
      );
      return true;
    } catch (error) {
      const why = explain(error);
      const needed = plan.images.base.filter((image) => !plan.images.head.includes(image));
      // An image that the head needs as well is the head's own fault, and its fetch will say so.
      if (why.code !== 'E_IMAGE_UNKNOWN' || needed.length === 0) throw error;
      this.baseFailure = why;
      return false;
    }
  }

  private async fetch(
    images: readonly string[],
    what: string,
    later: readonly string[] = [],
  ): Promise<Results['images']> {
    const { environment, plan, app } = this.context;
    const memory = memoryNeeds(app.recipe, plan);
    const { fetchImages } = hostSteps(environment.host, FETCH_TIMEOUT_MS);
    const fetched = await fetchImages.executeWithOptions({ summary: `fetch ${what}` }, [
      { environment, images, later, memory },
    ]);
    for (const { name, outcome } of fetched) if (outcome === 'pulled') this.served.add(registryHost(name));
    return fetched.map(({ name, digest }) => ({ name, digest }));
  }
}

/** Whether the app can be used after its install: it is only the specs that may have objected. */
function stands({ status, code }: StageResult): boolean {
  return status === 'pass' || status === 'unverified' || (status === 'fail' && code === 'E_SPEC');
}

/** The recipe's own fault, or that of what it is made of; specs and the harness do not speak against the base. */
function isBrokenBase({ status, code }: StageResult): boolean {
  const { class: whose } = errorFacts(isErrorCode(code) ? code : 'E_INTERNAL');
  return status === 'fail' && (whose === 'recipe' || whose === 'upstream');
}
