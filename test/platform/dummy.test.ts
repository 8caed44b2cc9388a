import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDummyPlatform, type DummyScript } from '../../activities/platform/dummy/dummy-platform.ts';
import { openGuardOperation, openOperation } from '../../activities/support/open-operation.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import type { Environment, Version } from '../../domain/plan.ts';
import { describeContract, SETTINGS, type Scenario, type Subject } from './contract.ts';

const BASE: Version = { tag: '1.0.0+1.0', commit: '1'.repeat(40), chaos: false };
const HEAD: Version = { commit: '2'.repeat(40), chaos: true };
const REFUSAL = {
  code: 'E_POLICY',
  rule: 'bind',
  file: 'compose.yml',
  line: 3,
  message: 'not granted',
} as const;

async function open(script: DummyScript = {}): Promise<Subject & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'cci-dummy-'));
  const paths = hostPaths(root);
  let token = 0;
  const common = (environment: Environment, signal = new AbortController().signal) => ({
    environment,
    token: (token += 1),
    signal,
    paths,
    stage: 'install',
  });
  return {
    root,
    paths,
    platform: createDummyPlatform({ paths, ...script }),
    scene: (scenario: Scenario) => {
      const id = randomUUID();
      const domain = `${scenario}-${id.slice(0, 6)}.ci.test`;
      const stack = domain.replaceAll('.', '_');
      const app = { role: 'app', recipe: scenario, source: '/nowhere', domain, stack };
      const runId = `run-${id}`;
      const environment = { id, runId, instance: '0123abcd', host: 'local', apps: [app] };
      return Promise.resolve({ environment, app, base: BASE, head: HEAD });
    },
    attempt: (environment, signal) => openOperation(common(environment, signal)),
    removal: async (environment) => (await openGuardOperation(common(environment))).operation,
    close: () => rm(root, { recursive: true, force: true }),
  };
}

describeContract('the dummy', () =>
  open({
    steps: { converged: [{ recipe: 'looping', fail: 'E_CRASH_LOOP' }] },
    examinations: { refused: { refusals: [REFUSAL] } },
  }),
);

describe('the dummy, as scripted', () => {
  let root: string;
  const subjects: Subject[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cci-dummy-state-'));
  });
  afterEach(async () => {
    for (const subject of subjects.splice(0)) await subject.close();
    await rm(root, { recursive: true, force: true });
  });
  const scripted = async (script: DummyScript) => {
    const subject = await open(script);
    subjects.push(subject);
    const scene = await subject.scene('plain');
    return { ...scene, subject, platform: subject.platform };
  };

  it('fails as often as it is told to', async () => {
    const { platform, subject, environment, app } = await scripted({
      steps: { createApp: [{ times: 2, fail: 'E_DOCKER', message: 'away' }] },
    });
    const operation = await subject.attempt(environment);
    const create = () => platform.createApp(operation, app, BASE, SETTINGS);
    for (const _ of [1, 2]) {
      await expect(create()).rejects.toMatchObject({
        code: 'E_DOCKER',
        message: expect.stringContaining('away'),
      });
    }
    await expect(create()).resolves.toBeUndefined();
  });

  it('never returns from a crashing call until it is aborted, but the effect is there', async () => {
    const { platform, subject, environment, app } = await scripted({
      steps: { createApp: [{ crash: true }] },
    });
    const controller = new AbortController();
    const operation = await subject.attempt(environment, controller.signal);
    const creating = platform.createApp(operation, app, BASE, SETTINGS).catch((error: unknown) => error);
    const outcome = await Promise.race([
      creating,
      new Promise((resolve) => setTimeout(resolve, 300, 'hangs')),
    ]);
    expect(outcome).toBe('hangs');
    expect(await platform.inventory({ environment })).not.toEqual([]);
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await creating).toBe(reason);
  });

  it('leaks as many objects as it is told to, and lets go of them the next time', async () => {
    const { platform, subject, environment, app } = await scripted({
      steps: { removeData: [{ times: 1, leak: 1 }] },
    });
    const operation = await subject.attempt(environment);
    await platform.createApp(operation, app, BASE, SETTINGS);
    await platform.removeFiles(operation);
    await platform.removeData(operation, app);
    expect(await platform.inventory({ environment })).toMatchObject([{ kind: 'secret' }]);
    await platform.removeData(operation, app);
    expect(await platform.inventory({ environment })).toEqual([]);
  });

  it('shares state and steps with other processes through a file', async () => {
    const stateFile = join(root, 'state.json');
    const { platform, subject, environment, app } = await scripted({ stateFile });
    const operation = await subject.attempt(environment);
    await platform.createApp(operation, app, BASE, SETTINGS);
    const elsewhere = createDummyPlatform({ stateFile });
    expect(await elsewhere.inventory({ environment })).toEqual(await platform.inventory({ environment }));
    const state = {
      ...JSON.parse(await readFile(stateFile, 'utf8')),
      steps: { removeData: [{ fail: 'E_DOCKER' }] },
    };
    await writeFile(stateFile, JSON.stringify(state));
    await expect(elsewhere.removeData(operation, app)).rejects.toMatchObject({ code: 'E_DOCKER' });
    expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({
      calls: ['createApp plain', 'removeData plain'],
    });
  });
});
