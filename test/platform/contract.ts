import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppSettings, Platform } from '../../activities/platform/port.ts';
import { deployCount, readLedger } from '../../activities/support/ledger.ts';
import type { Operation } from '../../activities/support/operation.ts';
import type { HostPaths } from '../../activities/support/paths.ts';
import { CodedError } from '../../domain/errors.ts';
import type { App, Environment, Version } from '../../domain/plan.ts';

/** `looping` never converges; `refused` asks for what the policy refuses. */
export type Scenario = 'plain' | 'looping' | 'refused';

export interface Scene {
  readonly environment: Environment;
  readonly app: App;
  readonly base: Version;
  readonly head: Version;
}

/** An adapter with what the suite needs around it. */
export interface Subject {
  readonly platform: Platform;
  readonly paths: HostPaths;
  /** A new environment for an app of that kind; nothing of it exists yet. */
  readonly scene: (scenario: Scenario) => Promise<Scene>;
  /** Opens an operation as the next attempt. */
  readonly attempt: (environment: Environment, signal?: AbortSignal) => Promise<Operation>;
  readonly removal: (environment: Environment) => Promise<Operation>;
  /** Removes whatever the scenes have left. */
  readonly close: () => Promise<void>;
}

export const SETTINGS: AppSettings = { env: {}, grants: {} };
const CONVERGE = { timeoutMs: 60_000 };

/** The contract of the port, for every adapter. Scenes of one test are never used by another. */
export function describeContract(name: string, open: () => Promise<Subject>): void {
  describe(`the contract of the platform, kept by ${name}`, () => {
    let subject: Subject;
    let platform: Platform;
    beforeAll(async () => {
      subject = await open();
      platform = subject.platform;
    });
    afterAll(() => subject.close());

    const deployed = async (scene: Scene): Promise<Operation> => {
      const operation = await subject.attempt(scene.environment);
      await platform.createApp(operation, scene.app, scene.base, SETTINGS);
      await platform.deploy(operation, scene.app, scene.base, SETTINGS);
      await platform.converged(operation, scene.app, CONVERGE);
      return operation;
    };
    const kinds = async (environment: Environment) =>
      new Set((await platform.inventory({ environment })).map((item) => item.kind));
    const removeAll = async ({ environment, app }: Scene) => {
      const operation = await subject.removal(environment);
      await platform.undeploy(operation, app);
      await platform.removeData(operation, app);
      await platform.removeFiles(operation);
    };

    it('finds the published version before the head', async () => {
      const { environment, app, head, base } = await subject.scene('plain');
      const found = await platform.versions(await subject.attempt(environment), app, head.commit);
      expect(found.head).toMatchObject({ commit: head.commit, chaos: true });
      expect(found.previous).toEqual(base);
    });

    it('examines a version without creating anything', async () => {
      const { environment, app, base } = await subject.scene('plain');
      const operation = await subject.attempt(environment);
      const examination = await platform.examine(operation, app, base, SETTINGS);
      expect(examination.services).toContain('app');
      expect(examination.images.length).toBeGreaterThan(0);
      expect(examination.refusals).toEqual([]);
      expect(await platform.inventory({ environment })).toEqual([]);
    });

    it('creates an app without deploying it, and a second time changes nothing [R-79]', async () => {
      const { environment, app, base } = await subject.scene('plain');
      const operation = await subject.attempt(environment);
      await platform.createApp(operation, app, base, SETTINGS);
      const first = await platform.inventory({ environment });
      expect(await kinds(environment)).toEqual(new Set(['file', 'secret']));
      await platform.createApp(await subject.attempt(environment), app, base, SETTINGS);
      expect(await platform.inventory({ environment })).toEqual(first);
    });

    it('records the intent before it deploys, resumes it, and counts one deploy [R-01]', async () => {
      const { environment, app, base } = await subject.scene('plain');
      const operation = await subject.attempt(environment);
      await platform.createApp(operation, app, base, SETTINGS);
      const first = await platform.deploy(operation, app, base, SETTINGS);
      expect(first.resumed).toBe(false);
      const before = (await platform.inventory({ environment })).filter((item) => item.kind === 'service');
      const second = await platform.deploy(await subject.attempt(environment), app, base, SETTINGS);
      expect(second).toEqual({ ...first, resumed: true });
      const after = (await platform.inventory({ environment })).filter((item) => item.kind === 'service');
      expect(after).toEqual(before);
      const entries = await readLedger(subject.paths.environment(environment.id).ledger);
      expect(entries.filter((entry) => entry.kind === 'intent')).toMatchObject([
        { deployId: first.deployId, contentHash: first.contentHash, change: 'create', app: app.role },
      ]);
      expect(deployCount(entries)).toBe(1);
    });

    it('upgrades in place without counting a further deploy [R-01]', async () => {
      const scene = await subject.scene('plain');
      const operation = await deployed(scene);
      const [before] = await platform.serviceStates(scene.app);
      const receipt = await platform.deploy(operation, scene.app, scene.head, SETTINGS);
      expect(receipt.resumed).toBe(false);
      const [after] = await platform.converged(operation, scene.app, CONVERGE);
      expect(after?.image).not.toBe(before?.image);
      expect(after?.tasks).not.toEqual(before?.tasks);
      const entries = await readLedger(subject.paths.environment(scene.environment.id).ledger);
      expect(deployCount(entries)).toBe(1);
    });

    it('judges before it creates: a refused version leaves nothing', async () => {
      const { environment, app, base } = await subject.scene('refused');
      const operation = await subject.attempt(environment);
      const { refusals } = await platform.examine(operation, app, base, SETTINGS);
      expect(refusals[0]).toMatchObject({
        code: 'E_POLICY',
        file: expect.any(String),
        line: expect.any(Number),
      });
      const policy = { code: 'E_POLICY' };
      await expect(platform.createApp(operation, app, base, SETTINGS)).rejects.toMatchObject(policy);
      await expect(platform.deploy(operation, app, base, SETTINGS)).rejects.toMatchObject(policy);
      const kept = await platform.inventory({ environment });
      expect(kept.filter((item) => item.kind !== 'file')).toEqual([]);
    });

    it('says which services have converged, with the tasks that run', async () => {
      const scene = await subject.scene('plain');
      await deployed(scene);
      const states = await platform.serviceStates(scene.app);
      expect(states).toMatchObject([{ service: 'app', running: 1, desired: 1, update: 'none' }]);
      expect(states[0]?.tasks).toHaveLength(1);
    });

    it('ends the wait for a service that keeps exiting within 20 seconds [F-59]', async () => {
      const { environment, app, base } = await subject.scene('looping');
      const operation = await subject.attempt(environment);
      await platform.createApp(operation, app, base, SETTINGS);
      await platform.deploy(operation, app, base, SETTINGS);
      const started = Date.now();
      const failure = platform.converged(operation, app, CONVERGE);
      await expect(failure).rejects.toMatchObject({ code: 'E_CRASH_LOOP' });
      expect(Date.now() - started).toBeLessThan(20_000);
    });

    it('names what blocks when the time is up [R-60]', async () => {
      const { environment, app, base } = await subject.scene('plain');
      const operation = await subject.attempt(environment);
      await platform.createApp(operation, app, base, SETTINGS);
      const failure = platform.converged(operation, app, { timeoutMs: 300 });
      await expect(failure).rejects.toMatchObject({
        code: 'E_CONVERGE_TIMEOUT',
        message: expect.stringContaining('no service exists yet'),
      });
    });

    it('lists the services there are when one without a container is to run a command [H-08]', async () => {
      const scene = await subject.scene('plain');
      const operation = await deployed(scene);
      const none = platform.exec(operation, scene.app, 'nobody', ['true'], { timeoutMs: 5000 });
      await expect(none).rejects.toMatchObject({ message: expect.stringContaining('services: app') });
      const some = await platform.exec(operation, scene.app, 'app', ['true'], { timeoutMs: 5000 });
      expect(some.exitCode).toBe(0);
    });

    it('saves a log for every service', async () => {
      const scene = await subject.scene('plain');
      const operation = await deployed(scene);
      const folder = await mkdtemp(join(tmpdir(), 'cci-logs-'));
      try {
        expect(await platform.saveLogs(operation, scene.app, folder)).toEqual(['app.log']);
        expect(await readFile(join(folder, 'app.log'), 'utf8')).not.toBe('');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

    it('marks everything as belonging to its environment and run', async () => {
      const scene = await subject.scene('plain');
      await deployed(scene);
      const { id: environmentId, runId, instance } = scene.environment;
      const items = await platform.inventory({ environment: scene.environment });
      for (const item of items.filter(({ kind }) => kind !== 'file')) {
        expect(item).toMatchObject({ environmentId, runId });
      }
      const found = await platform.inventory({ instance });
      expect(found).toEqual(
        expect.arrayContaining(items.filter(({ kind }) => kind !== 'file').map((item) => item)),
      );
    });

    it('removes everything, the record of its deploys excepted, and is content when there is nothing [R-47]', async () => {
      const scene = await subject.scene('plain');
      await deployed(scene);
      await removeAll(scene);
      expect(await platform.inventory({ environment: scene.environment })).toEqual([]);
      await removeAll(scene);
      const entries = await readLedger(subject.paths.environment(scene.environment.id).ledger);
      expect(deployCount(entries)).toBe(1);
    });

    it('keeps one environment when the other one of the same recipe is removed [R-56]', async () => {
      const [first, second] = [await subject.scene('plain'), await subject.scene('plain')];
      await Promise.all([deployed(first), deployed(second)]);
      const before = await platform.inventory({ environment: second.environment });
      await removeAll(first);
      expect(await platform.inventory({ environment: first.environment })).toEqual([]);
      expect(await platform.inventory({ environment: second.environment })).toEqual(before);
    });

    it('changes nothing for an attempt that has been superseded', async () => {
      const { environment, app, base } = await subject.scene('plain');
      const old = await subject.attempt(environment);
      await subject.attempt(environment);
      const fenced = { code: 'E_FENCED' };
      await expect(platform.createApp(old, app, base, SETTINGS)).rejects.toMatchObject(fenced);
      await expect(platform.deploy(old, app, base, SETTINGS)).rejects.toMatchObject(fenced);
      expect(await platform.inventory({ environment })).toEqual([]);
    });

    it('changes nothing any more once the environment is being removed [R-46]', async () => {
      const scene = await subject.scene('plain');
      const late = await deployed(scene);
      await removeAll(scene);
      const deploying = platform.deploy(late, scene.app, scene.base, SETTINGS);
      await expect(deploying).rejects.toMatchObject({ code: 'E_FENCED' });
      await expect(subject.attempt(scene.environment)).rejects.toMatchObject({ code: 'E_FENCED' });
      expect(await platform.inventory({ environment: scene.environment })).toEqual([]);
    });

    it('stops at once when it is aborted, with the reason of the abort', async () => {
      const { environment, app } = await subject.scene('plain');
      const controller = new AbortController();
      const operation = await subject.attempt(environment, controller.signal);
      const reason = new Error(`cancelled ${randomUUID()}`);
      controller.abort(reason);
      await expect(
        platform.undeploy(operation, app).then(() => platform.removeFiles(operation)),
      ).rejects.toBe(reason);
    });

    it('fails with codes only', async () => {
      const { environment, app, base } = await subject.scene('refused');
      const operation = await subject.attempt(environment);
      const error: unknown = await platform
        .deploy(operation, app, base, SETTINGS)
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CodedError);
    });
  });
}
