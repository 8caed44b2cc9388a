import { errorFacts, isErrorCode } from '../domain/errors.ts';
import type { Plan, RunInput, Version } from '../domain/plan.ts';
import type { Results } from '../domain/results.ts';
import type { Stage, StageResult } from '../domain/stages.ts';
import { hostSteps } from './activity-options.ts';
import type { OpenEnvironment } from './environment.ts';
import { explain, type Explained } from './failures.ts';
import type { RunRecord } from './run-record.ts';
import { backup } from './stages/backup.ts';
import { nameOf, type StageContext, type StageFacts } from './stages/context.ts';
import { custom } from './stages/custom.ts';
import { install } from './stages/install.ts';
import { restore } from './stages/restore.ts';
import { endStage } from './stages/run-stage.ts';
import { upgrade } from './stages/upgrade.ts';

/** Bound on all pulls of a version together. */
const FETCH_TIMEOUT_MS = 30 * 60_000;

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
  images: Results['images'] = [];
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
    const steps = hostSteps(environment.host, plan.limits.deployTimeoutMs);
    this.context = { record, environment, app, plan, steps, facts: this.facts };
  }

  /** Ends early when the base does not install; `baseFailure` says why. */
  async run(wanted: Version | undefined): Promise<void> {
    const { record, plan } = this.given;
    record.enter('fetching images');
    const base = wanted && (await this.fetchBase(wanted)) ? wanted : undefined;
    this.images = await this.fetch(plan.images.head, `${plan.images.head.length} images of the head`);
    this.deploysHead = base === undefined;
    this.facts.version = base ?? plan.head;
    record.enter('stages');

    const installed = await this.stage('install', () => install(this.context));
    if (base && installed && isBrokenBase(installed)) {
      const reason = installed.reason ?? 'it does not install';
      this.baseFailure = { code: codeOf(installed), reason };
      // Of the head nothing is known yet, and the base's fault is not the head's.
      await this.skipped('install', { status: 'unverified', reason, code: 'E_BASE_BROKEN' });
      return;
    }
    let standing = installed === undefined || installed.status === 'pass';
    standing = (await this.upgrade(base, standing)) && standing;
    await this.dataStages(standing);
    await this.stage('custom', () => custom(this.context), standing ? undefined : NOT_STANDING);
  }

  /** Returns whether the app can still be used. */
  private async upgrade(base: Version | undefined, standing: boolean): Promise<boolean> {
    if (this.baseFailure) {
      const reason = `there was nothing to upgrade from: ${this.baseFailure.reason}`;
      await this.skipped('upgrade', { status: 'unverified', reason, code: 'E_BASE_BROKEN' });
      return standing;
    }
    const result = await this.stage(
      'upgrade',
      () => upgrade(this.context),
      standing ? undefined : NOT_STANDING,
    );
    // An upgrade that ended with an exception left the app half-way; broken assertions are data about a whole one.
    return base === undefined || result === undefined || result.assertions.length > 0;
  }

  private async dataStages(standing: boolean): Promise<void> {
    const saved = await this.stage('backup', () => backup(this.context), standing ? undefined : NOT_STANDING);
    const { snapshot } = this.facts;
    if (snapshot) {
      const usable = saved === undefined || saved.status === 'pass' || saved.status === 'unverified';
      await this.stage('restore', () => restore(this.context, snapshot), usable ? undefined : NO_SNAPSHOT);
    } else if (saved?.status === 'skip') {
      await this.skipped('restore', { status: 'skip', reason: saved.reason ?? NO_SNAPSHOT });
    } else if (saved) {
      await this.skipped('restore', { status: 'skip', reason: NO_SNAPSHOT });
    } else {
      const reason = 'the restore needs the stage backup';
      await this.skipped('restore', { status: 'unverified', reason, code: 'E_UNPROVEN' });
    }
  }

  /** Runs a stage unless it is not wanted, cannot run for this recipe, or `unless` says why not. */
  private async stage(
    name: Stage,
    body: () => Promise<StageResult>,
    unless?: string,
  ): Promise<StageResult | undefined> {
    const reason = this.given.plan.skips.find(({ stage }) => stage === name)?.reason ?? unless;
    if (reason !== undefined) return this.skipped(name, { status: 'skip', reason });
    if (!this.given.input.stages.includes(name)) return undefined;
    const result = await body();
    await this.given.opened.note(result);
    return result;
  }

  private async skipped(
    name: Stage,
    outcome: Parameters<typeof endStage>[2],
  ): Promise<StageResult | undefined> {
    if (!this.given.input.stages.includes(name)) return undefined;
    const result = endStage(this.given.record, name, outcome);
    await this.given.opened.note(result);
    return result;
  }

  /** Whether the base can be had; images that upstream has removed make it a broken one, and nothing is deployed yet. */
  private async fetchBase(base: Version): Promise<boolean> {
    const { plan } = this.given;
    try {
      await this.fetch(plan.images.base, `${plan.images.base.length} images of ${nameOf(base)}`);
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

  private async fetch(images: readonly string[], what: string): Promise<Results['images']> {
    const { environment } = this.context;
    const { fetchImages } = hostSteps(environment.host, FETCH_TIMEOUT_MS);
    const fetched = await fetchImages.executeWithOptions({ summary: `fetch ${what}` }, [
      { environment, images },
    ]);
    return fetched.map(({ name, digest }) => ({ name, digest }));
  }
}

const NOT_STANDING = 'not reached: the app does not stand';
const NO_SNAPSHOT = 'not reached: there is no complete backup to restore';

function codeOf({ code }: StageResult): Explained['code'] {
  return isErrorCode(code) ? code : 'E_INTERNAL';
}

/** The recipe's own fault, or that of what it is made of; specs and the harness do not speak against the base. */
function isBrokenBase(result: StageResult): boolean {
  const { class: whose } = errorFacts(codeOf(result));
  return result.status === 'fail' && (whose === 'recipe' || whose === 'upstream');
}
