import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SEARCH_KEYS } from '../../../client/search-attributes.ts';
import { clientConfigSchema, workerConfigSchema } from '../../../domain/config.ts';
import { findRenderer, plainRunner } from '../support/renderer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FILE = join(ROOT, 'docker-compose.yml');
const GIVEN = { CCI_INSTANCE: '0a1b2c3d', CCI_ZONE: 'ci.example.org', CCI_INGRESS_ADDRESS: '192.0.2.7' };
/** Read by worker/config.ts besides the schema. */
const CACHE = 'CCI_CACHE';

const CONDITIONS = ['service_healthy', 'service_completed_successfully'] as const;
const fileSchema = z.looseObject({
  name: z.string(),
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      depends_on: z.record(z.string(), z.strictObject({ condition: z.enum(CONDITIONS) })).default({}),
      healthcheck: z.unknown().optional(),
      restart: z.string(),
    }),
  ),
});
const renderedSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      command: z.array(z.string()).optional(),
      environment: z
        .record(z.string(), z.string().nullable())
        // A variable without a value is passed on when it is set, and else not there.
        .transform((all) =>
          Object.fromEntries(Object.entries(all).flatMap(([k, v]) => (v === null ? [] : [[k, v]]))),
        )
        .default({}),
      secrets: z.array(z.looseObject({ source: z.string() })).default([]),
      ports: z.array(z.unknown()).default([]),
      deploy: z.looseObject({
        resources: z.looseObject({ limits: z.looseObject({ cpus: z.string(), memory: z.string() }) }),
      }),
    }),
  ),
  secrets: z.record(z.string(), z.looseObject({ file: z.string() })),
});
type Rendered = z.infer<typeof renderedSchema>;

const source = fileSchema.parse(parse(readFileSync(FILE, 'utf8'), { merge: true }));
let rendered: Rendered;

/**
 * By Docker's loader of stacks. What belongs to `docker compose` alone is taken out before: the project's name, and the
 * conditions of dependencies, which are checked here.
 */
async function render(env: Readonly<Record<string, string>>): Promise<Rendered> {
  const { name: _, ...rest } = source;
  const services = Object.entries(rest.services).map(([name, service]) => {
    return [name, { ...service, depends_on: Object.keys(service.depends_on) }];
  });
  const file = join(temporaryFolder(), 'stack.yml');
  writeFileSync(file, stringify({ ...rest, services: Object.fromEntries(services) }));
  const argv = [findRenderer(), '--project-directory', ROOT, file] as const;
  const { stdout } = await plainRunner()(argv, { env: { PATH: '', ...env }, timeoutMs: 30_000 });
  return renderedSchema.parse(parse(stdout));
}

beforeAll(async () => {
  rendered = await render(GIVEN);
});

function service(name: string): Rendered['services'][string] {
  const found = rendered.services[name];
  if (!found) throw new Error(`there is no service ${name}`);
  return found;
}

describe('docker-compose.yml', () => {
  it('is refused as long as what only the operator knows is not given', async () => {
    for (const name of Object.keys(GIVEN)) {
      const others = Object.fromEntries(Object.entries(GIVEN).filter(([key]) => key !== name));
      await expect(render(others)).rejects.toThrow(name);
    }
  });

  it('pins each image to a version', () => {
    const images = Object.values(rendered.services).map(({ image }) => image);
    expect(images.filter((image) => !/^[\w./-]+:v?\d+\.\d+[\w.-]*$/.test(image))).toEqual([]);
    expect(service('postgresql').image).toMatch(/^postgres:16\./);
    const server = service('temporal').image.replace('temporalio/server', '');
    const tools = Object.values(rendered.services).filter(({ image }) => image.includes('admin-tools'));
    expect(tools.map(({ image }) => image)).toEqual(tools.map(() => `temporalio/admin-tools${server}`));
  });

  it('limits the memory and processors of each service', () => {
    for (const { deploy } of Object.values(rendered.services)) {
      expect(Number(deploy.resources.limits.memory)).toBeGreaterThanOrEqual(256 * 1024 ** 2);
      expect(Number(deploy.resources.limits.cpus)).toBeGreaterThan(0);
    }
  });

  it('opens ports on loopback only', () => {
    const ports = z
      .array(z.string())
      .parse(Object.values(source.services).flatMap(({ ports = [] }) => ports));
    expect(ports).toHaveLength(2);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('starts each service after what it needs: jobs when they have succeeded, servers when they are healthy', () => {
    const order: string[] = [];
    const visit = (name: string, path: readonly string[]): void => {
      expect(path, 'services wait for each other').not.toContain(name);
      const needed = source.services[name];
      expect(needed, `${name} is not there`).toBeDefined();
      for (const [other, { condition }] of Object.entries(needed?.depends_on ?? {})) {
        const target = source.services[other];
        const isJob = target?.restart.startsWith('on-failure') ?? false;
        expect(condition).toBe(isJob ? 'service_completed_successfully' : 'service_healthy');
        if (!isJob) expect(target?.healthcheck, other).toBeDefined();
        visit(other, [...path, name]);
      }
      if (!order.includes(name)) order.push(name);
    };
    visit('worker', []);
    expect(order).toEqual([
      ...['postgresql', 'temporal-schema', 'temporal', 'temporal-namespace', 'temporal-search-attributes'],
      'worker',
    ]);
  });

  it('gives the worker a valid configuration, and no variable that nobody reads [O-34]', () => {
    const { environment } = service('worker');
    const schema = workerConfigSchema.extend(clientConfigSchema.shape);
    expect(Object.keys(environment).filter((name) => !Object.hasOwn(schema.shape, name))).toEqual([CACHE]);
    expect(schema.safeParse(environment).error?.issues).toBeUndefined();
    expect(environment).toMatchObject({ ...GIVEN, CCI_SERVICE_VIPS: 'true', CCI_HOST: 'local' });
  });

  it('makes the namespace in which the worker works, and shows it in the UI', () => {
    const namespace = service('worker').environment['CCI_TEMPORAL_NAMESPACE'];
    for (const job of ['temporal-namespace', 'temporal-search-attributes']) {
      expect(service(job).environment['TEMPORAL_NAMESPACE']).toBe(namespace);
    }
    expect(service('temporal-ui').environment['TEMPORAL_DEFAULT_NAMESPACE']).toBe(namespace);
  });

  it('registers exactly the search attributes of runs, with their types', () => {
    const script = service('temporal-search-attributes').command?.join('\n') ?? '';
    const registered = [...script.matchAll(/^register (\w+) (.*)$/gm)].flatMap(([, type, names]) =>
      (names ?? '').split(' ').map((name) => `${name}: ${type?.toUpperCase()}`),
    );
    const known = Object.values(SEARCH_KEYS).map(({ name, type }) => `${name}: ${type}`);
    expect(registered.toSorted()).toEqual(known.toSorted());
  });

  it('passes secrets as files, and never in a variable [R-63]', () => {
    const secret = Object.entries(rendered.services).flatMap(([name, { environment }]) =>
      Object.keys(environment)
        .filter((key) => /PASSWORD|PWD|SECRET|TOKEN/.test(key) && !key.endsWith('_FILE'))
        .map((key) => `${name}: ${key}`),
    );
    expect(secret).toEqual([]);
    expect(service('worker').secrets.map(({ source: from }) => from)).toEqual(['payload-keys']);
    expect(service('worker').environment['CCI_KEYS_FILE']).toBe('/run/secrets/payload-keys');
    // Not in the clone, whose `npm run clean` must not be able to take a key away.
    expect(Object.values(rendered.secrets).filter(({ file }) => !file.startsWith('/etc/cc-ci/'))).toEqual([]);
  });
});
