import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeStackSchema } from '../../../domain/compose.ts';
import { deployableStack, markStack, type DeployableInput } from '../../../domain/stack-transform.ts';
import { serialiseStack } from '../../../domain/stack-yaml.ts';

const COMMIT = '3f2a9c1d00112233445566778899aabbccddeeff';
const input: DeployableInput = {
  stackName: 's',
  recipe: 'r',
  version: { commit: COMMIT, tag: '1.0.0+1', chaos: false },
  env: { DOMAIN: 'd', A: 'app' },
  vips: true,
};
const marks = { instance: 'i', run: 'r', environment: 'e', deploy: 'second', origin: 'first' };

function transform(stack: object, change: Partial<DeployableInput> = {}) {
  return deployableStack(composeStackSchema.parse(stack), { ...input, ...change });
}

const oneService = (service: object) => ({ services: { app: { image: 'a', ...service } } });

describe('a stack made deployable', () => {
  it('has the app environment in every service, which keeps its own values', () => {
    const { services } = transform({
      services: { app: { image: 'a', environment: { A: 'own', N: null } }, db: { image: 'b' } },
    });
    expect(services['app']?.environment).toEqual({ DOMAIN: 'd', A: 'own' });
    expect(services['db']?.environment).toEqual({ DOMAIN: 'd', A: 'app' });
  });

  it('names recipe, version and no chaos on app alone', () => {
    const { services } = transform({ services: { app: { image: 'a' }, db: { image: 'b' } } });
    expect(services['app']?.deploy?.labels).toEqual({
      'coop-cloud.s.recipe': 'r',
      'coop-cloud.s.chaos': 'false',
      'coop-cloud.s.version': '1.0.0+1',
    });
    expect(services['db']?.deploy?.labels).toEqual({});
  });

  it('names the commit of a change under review and keeps the version of its file [R-14]', () => {
    const version = { commit: COMMIT, chaos: true, dirty: true } as const;
    const { services } = transform(
      oneService({ deploy: { labels: { 'coop-cloud.s.version': '2.0.0+2' } } }),
      { version },
    );
    expect(services['app']?.deploy?.labels).toEqual({
      'coop-cloud.s.recipe': 'r',
      'coop-cloud.s.chaos': 'true',
      'coop-cloud.s.chaos-version': '3f2a9c1d+U',
      'coop-cloud.s.version': '2.0.0+2',
    });
  });

  it('bounds memory, processors and processes where the recipe does not [O-51]', () => {
    const limits = { memoryBytes: 100, cpus: 0.5, pids: 7 };
    const own = {
      deploy: { resources: { limits: { memory: '50', cpus: '0' }, reservations: { memory: '10' } } },
    };
    expect(transform(oneService({}), { limits }).services['app']?.deploy?.resources).toEqual({
      limits: { memory: '100', cpus: '0.5', pids: 7 },
    });
    expect(transform(oneService(own), { limits }).services['app']?.deploy?.resources).toEqual({
      limits: { memory: '50', cpus: '0.5', pids: 7 },
      reservations: { memory: '10' },
    });
  });

  it('rotates logs at 10 MB times 3 unless the recipe says otherwise [O-52]', () => {
    expect(transform(oneService({})).services['app']?.logging).toEqual({
      driver: 'json-file',
      options: { 'max-size': '10m', 'max-file': '3' },
    });
    const logging = { driver: 'local', options: { 'max-size': '1m' } };
    expect(transform(oneService({ logging })).services['app']?.logging).toEqual({
      driver: 'local',
      options: { 'max-size': '1m', 'max-file': '3' },
    });
  });

  it('answers without service VIPs by DNS round robin and ports of the host, old task first', () => {
    const service = {
      ports: [{ target: 80, published: 80, mode: 'ingress' }],
      deploy: { endpoint_mode: 'vip', update_config: { order: 'start-first', delay: '1s' } },
    };
    const changed = transform(oneService(service), { vips: false }).services['app'];
    expect(changed?.ports).toEqual([{ target: 80, published: 80, mode: 'host' }]);
    expect(changed?.deploy).toMatchObject({
      endpoint_mode: 'dnsrr',
      update_config: { order: 'stop-first', delay: '1s' },
      rollback_config: { order: 'stop-first' },
    });
    expect(transform(oneService(service)).services['app']).toMatchObject(service);
  });

  it('keeps the order of updates of a service without ports', () => {
    const service = { deploy: { update_config: { order: 'start-first' } } };
    const changed = transform(oneService(service), { vips: false }).services['app'];
    expect(changed?.deploy?.update_config?.order).toBe('start-first');
    expect(changed?.deploy?.rollback_config).toBeUndefined();
  });

  it('names the default network, so that it can be labelled', () => {
    expect(transform(oneService({})).networks).toEqual({ default: {} });
    const own = { ...oneService({ networks: { n: null } }), networks: { n: {} } };
    expect(transform(own).networks).toEqual({ n: {} });
  });

  it('leaves out what has been worked in, and extension keys', () => {
    const stack = transform({ ...oneService({ env_file: ['x'], restart: 'no', 'x-a': 1 }), 'x-b': 1 });
    expect(stack).not.toHaveProperty('x-b');
    for (const key of ['env_file', 'restart', 'x-a']) expect(stack.services['app']).not.toHaveProperty(key);
  });
});

describe('the marks of a deploy', () => {
  const stack = markStack(
    transform({
      services: { app: { image: 'a', labels: { l: '1' } } },
      volumes: { v: {}, ext: { external: true, name: 's_x' } },
      networks: { proxy: { external: true, name: 'proxy' } },
      secrets: { f: { file: '/f' }, e: { external: true, name: 's_e_v1' } },
      configs: { c: { file: '/c' } },
    }),
    marks,
  );

  it('are on every object that the deploy makes', () => {
    expect(stack.services['app']?.deploy?.labels).toMatchObject({
      'cc-ci.run': 'r',
      'cc-ci.deploy': 'second',
    });
    expect(stack.secrets['f']?.labels).toMatchObject({ 'cc-ci.instance': 'i', 'cc-ci.deploy': 'second' });
    expect(stack.configs['c']?.labels).toMatchObject({ 'cc-ci.environment': 'e', 'cc-ci.deploy': 'second' });
    for (const { labels } of [stack.services['app'], stack.volumes['v'], stack.networks['default']].map(
      (o) => o ?? {},
    )) {
      expect(labels).toMatchObject({ 'cc-ci.instance': 'i', 'cc-ci.run': 'r', 'cc-ci.environment': 'e' });
    }
  });

  it('do not change what is part of a task between deploys', () => {
    expect(stack.services['app']?.labels).toMatchObject({ l: '1', 'cc-ci.deploy': 'first' });
    expect(stack.volumes['v']?.labels?.['cc-ci.deploy']).toBe('first');
  });

  it('are not on objects of others', () => {
    expect(stack.volumes['ext']).toEqual({ external: true, name: 's_x' });
    expect(stack.networks['proxy']).toEqual({ external: true, name: 'proxy' });
    expect(stack.secrets['e']).toEqual({ external: true, name: 's_e_v1' });
  });
});

describe('the text of a stack', () => {
  it('reads back as the stack, with every dollar sign doubled once', () => {
    const stack = transform(
      oneService({ environment: { P: 'a$b$$c', Y: 'yes', O: '0777', L: 'x\u2028y: z\nw' } }),
    );
    const text = serialiseStack(stack);
    const { services } = composeStackSchema.parse(parse(text));
    expect(services['app']?.environment).toMatchObject({
      P: 'a$$b$$$$c',
      Y: 'yes',
      O: '0777',
      L: 'x\u2028y: z\nw',
    });
    expect(text).not.toContain('\u2028');
    expect(text).toContain('"yes"');
    expect(text).not.toMatch(/^"?version/m);
  });

  it('is the same whatever the order of the keys', () => {
    const a = transform({ services: { app: { image: 'a', user: '1' }, db: { image: 'b' } } });
    const b = transform({ services: { db: { image: 'b' }, app: { user: '1', image: 'a' } } });
    expect(serialiseStack(a)).toBe(serialiseStack(b));
  });
});
