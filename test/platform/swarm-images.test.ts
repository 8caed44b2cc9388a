import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLedger } from '../../activities/support/ledger.ts';
import type { Operation } from '../../activities/support/operation.ts';
import type { Environment } from '../../domain/plan.ts';
import { openSwarmWorld, type SwarmWorld } from './swarm-world.ts';

let world: SwarmWorld;
let registry: ChildProcess;
let host: string;
let environment: Environment;
let operation: Operation;

beforeAll(async () => {
  world = await openSwarmWorld();
  ({ environment } = world.environment('/nowhere'));
  operation = await world.operation(environment);
  const script = [process.execPath, join(import.meta.dirname, '../fixtures/fake-registry.ts')] as const;
  const netns = world.config.CCI_NETNS;
  const [file, ...args] = netns ? ['nsenter', `--net=${netns}`, '--', ...script] : script;
  registry = spawn(file ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: unknown[] = registry.stdout ? await once(registry.stdout, 'data') : [];
  host = `127.0.0.1:${String(said[0]).trim()}`;
});
afterAll(async () => {
  registry.kill();
  await world.close();
});

const pull = (...images: string[]) => world.platform.pullImages(operation, images);

describe('fetching images', () => {
  it('pulls what is missing, keeps what is there, and records the digests [H-16, F-69]', async () => {
    const name = '127.0.0.1:5000/library/debian:bookworm-slim';
    await world.docker('image', 'rm', name).catch(() => 'was not there');
    const [pulled] = await pull(name);
    const [present] = await pull(name);
    expect(pulled).toMatchObject({
      outcome: 'pulled',
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(present).toEqual({ ...pulled, outcome: 'present' });
    const entries = await readLedger(world.paths.environment(environment.id).ledger);
    expect(entries).toContainEqual(
      expect.objectContaining({ kind: 'image', image: name, digest: pulled?.digest }),
    );
  });

  it('knows which images would have to be pulled, how large they are, and the space that there is [F-66]', async () => {
    const name = '127.0.0.1:5000/library/debian:bookworm-slim';
    const [outcome] = await pull(name);
    expect(outcome?.bytes).toBeGreaterThan(1024 ** 2);
    expect(await world.platform.absentImages([name, '127.0.0.1:9/app:1', '127.0.0.1:9/app:1'])).toEqual([
      '127.0.0.1:9/app:1',
    ]);
    const disk = await world.platform.dataDisk();
    expect(disk?.folder).toMatch(/^\//);
    expect(disk?.freeBytes).toBeGreaterThan(1024 ** 2);
  });

  it('measures the memory that apps can have on the machine of the daemon [F-71]', async () => {
    const memory = await world.platform.hostMemory();
    expect(memory?.availableBytes).toBeGreaterThan(64 * 1024 ** 2);
    expect(memory?.availableBytes).toBeLessThan(memory?.totalBytes ?? 0);
  });

  it('has nothing to do for no images [H-16]', async () => {
    expect(await pull()).toEqual([]);
  });

  it.each([
    ['an image that the registry does not know', 'unknown', 'E_IMAGE_UNKNOWN'],
    ['one that the daemon calls denied although it does not exist', 'hidden', 'E_IMAGE_UNKNOWN'],
    ['one that needs a login', 'private', 'E_REGISTRY_AUTH'],
    ['a registry that is out of order', 'broken', 'E_REGISTRY_DOWN'],
  ])('tells %s [R-78, R-70]', async (_, repository, code) => {
    const message: unknown = expect.stringContaining(repository);
    await expect(pull(`${host}/${repository}:1`)).rejects.toMatchObject({ code, message });
  });

  it('waits as long as a registry that limits pulls asks for [F-67, R-76]', async () => {
    await expect(pull(`${host}/limited:1`)).rejects.toMatchObject({
      code: 'E_REGISTRY_LIMIT',
      retryAfterMs: 7000,
      registry: host,
    });
  });

  it('tells a registry that cannot be reached [R-78]', async () => {
    await expect(pull('127.0.0.1:9/app:1')).rejects.toMatchObject({
      code: 'E_REGISTRY_DOWN',
      registry: '127.0.0.1:9',
    });
  });
});
