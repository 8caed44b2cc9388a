import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeStackSchema } from '../../../domain/compose.ts';
import { judgeStack, type PolicyContext } from '../../../domain/policy.ts';

const STACK = 'app-1a2b3c_ci_test';

function context(grants: PolicyContext['grants'] = {}): PolicyContext {
  return {
    stackName: STACK,
    runStacks: [STACK, 'keyc-4d5e6f_ci_test'],
    domains: ['app-1a2b3c.ci.test', 'keyc-4d5e6f.ci.test'],
    grants,
  };
}

/** Rules that a stack breaks which consists of the service `app` and what is given. */
function rules(service: object, rest: object = {}, grants: PolicyContext['grants'] = {}): string[] {
  const stack = composeStackSchema.parse({ services: { app: { image: 'a', ...service } }, ...rest });
  return judgeStack(stack, context(grants)).map(({ rule }) => rule);
}

const bind = (source: string, more: object = {}) => ({
  volumes: [{ type: 'bind', source, target: '/x', read_only: true, ...more }],
});

describe('the policy', () => {
  it('accepts what a recipe is made of', () => {
    const service = {
      environment: { A: '1' },
      volumes: [
        { type: 'volume', source: 'data', target: '/d' },
        { type: 'tmpfs', target: '/t' },
      ],
      networks: { proxy: { aliases: [`${STACK}_web`, 'app-1a2b3c.ci.test'] }, internal: { aliases: ['db'] } },
      deploy: { replicas: 5, labels: { 'traefik.enable': 'true' } },
      cap_drop: ['ALL'],
      'x-note': 'y',
    };
    const rest = {
      networks: { proxy: { external: true, name: 'proxy' }, internal: { internal: true } },
      volumes: { data: { name: `${STACK}_data`, driver: 'local' } },
      secrets: {
        s: { external: true, name: `${STACK}_s_v1` },
        dep: { external: true, name: 'keyc-4d5e6f_ci_test_x_v1' },
      },
    };
    expect(rules(service, rest)).toEqual([]);
  });

  it.each<[string, object, PolicyContext['grants']]>([
    ['a port', { ports: [{ target: 1, published: 64738, protocol: 'udp' }] }, { ports: ['64738/udp'] }],
    ['a capability', { cap_add: ['CAP_NET_ADMIN'] }, { capabilities: ['net_admin'] }],
    ['a folder, read-only', bind('/etc/timezone'), { binds: ['/etc/timezone'] }],
    ['six replicas', { deploy: { replicas: 6 } }, { replicas: 6 }],
  ])('accepts %s only when it is granted', (_name, service, grants) => {
    expect(rules(service)).toHaveLength(1);
    expect(rules(service, {}, grants)).toEqual([]);
  });

  it('accepts another external network only when it is granted', () => {
    const rest = { networks: { mail: { external: true, name: 'mail' } } };
    expect(rules({}, rest)).toEqual(['foreign-network']);
    expect(rules({}, rest, { networks: ['mail'] })).toEqual([]);
  });

  it.each<[string, object, PolicyContext['grants']]>([
    ['another protocol', { ports: [{ target: 53, published: 53, protocol: 'tcp' }] }, { ports: ['53/udp'] }],
    ['a writable folder', bind('/data', { read_only: false }), { binds: ['/data'] }],
    ['a shared mount', bind('/data', { bind: { propagation: 'rshared' } }), { binds: ['/data'] }],
    ['a folder below', bind('/data/x'), { binds: ['/data'] }],
    ['a way around', bind('/data/../etc'), { binds: ['/data', '/data/../etc'] }],
    ['more replicas', { deploy: { replicas: 8 } }, { replicas: 7 }],
    ['another capability', { cap_add: ['SYS_ADMIN'] }, { capabilities: ['NET_ADMIN'] }],
  ])('does not stretch a grant to %s', (_name, service, grants) => {
    expect(rules(service, {}, grants)).toHaveLength(1);
  });

  it('refuses every bind outside the grants, however it is written', () => {
    const segment = fc.constantFrom(
      'etc',
      'data',
      'srv',
      '..',
      '.',
      '',
      'run',
      'docker.sock',
      '{{.Node.ID}}',
    );
    const path = fc.array(segment, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(path, fc.boolean(), (source, readOnly) => {
        const found = rules(bind(source, { read_only: readOnly }), {}, { binds: ['/srv/data'] });
        expect(found.length === 0).toBe(source === '/srv/data' && readOnly);
      }),
    );
  });

  it.each([
    ['unknown options', { gpus: 'all' }, 'unknown-option'],
    ['host namespaces', { ipc: 'host' }, 'host-namespace'],
    ['images built on the host', { build: { context: '.' } }, 'build'],
    [
      'devices by reservation',
      { deploy: { resources: { reservations: { devices: [{ driver: 'gpu' }] } } } },
      'device',
    ],
    ['cluster mounts', { volumes: [{ type: 'cluster', source: 'x', target: '/x' }] }, 'mount-type'],
    [
      'templates in mounts',
      { volumes: [{ type: 'volume', source: '{{.Node.ID}}', target: '/x' }] },
      'mount-template',
    ],
    [
      'log options with an address',
      { logging: { driver: 'json-file', options: { 'syslog-address': 'x' } } },
      'log-driver',
    ],
    ['a protected process', { oom_score_adj: -900 }, 'oom-score'],
    ['variables of cc-ci', { environment: { cci_env: null } }, 'harness-variable'],
    ['a long stop', { stop_grace_period: '10m1s' }, 'stop-grace'],
  ])('refuses %s', (_name, service, rule) => {
    expect(rules(service)).toEqual([rule]);
  });

  it.each([
    ['a driver of secrets', { secrets: { s: { driver: 'vault', name: `${STACK}_s` } } }, 'file-driver'],
    ['another template driver', { configs: { c: { template_driver: 'evil', file: '/c' } } }, 'file-driver'],
    [
      'a public subnet',
      { networks: { n: { ipam: { config: [{ subnet: '8.8.8.0/24' }] } } } },
      'network-driver',
    ],
    [
      'a chosen overlay id',
      { networks: { n: { driver_opts: { 'com.docker.network.driver.overlay.vxlanid_list': '4096' } } } },
      'network-driver',
    ],
    ['a label on a volume', { volumes: { v: { labels: { 'cc-ci.run': 'x' } } } }, 'reserved-label'],
    [
      'a config of 65 characters',
      { configs: { c: { name: `${STACK}_${'c'.repeat(64 - STACK.length)}`, file: '/c' } } },
      'name-length',
    ],
  ])('refuses %s [R-56]', (_name, rest, rule) => {
    expect(rules({}, rest)).toEqual([rule]);
  });

  it('accepts a secret name of exactly 64 characters [R-56]', () => {
    const name = `${STACK}_${'c'.repeat(63 - STACK.length)}`;
    expect(name).toHaveLength(64);
    expect(rules({}, { secrets: { s: { external: true, name } } })).toEqual([]);
  });

  it('says where in the stack it found something', () => {
    const stack = composeStackSchema.parse({ services: { web: { image: 'a', cap_add: ['A', 'B'] } } });
    expect(judgeStack(stack, context({ capabilities: ['A'] }))).toEqual([
      expect.objectContaining({ rule: 'capability', path: ['services', 'web', 'cap_add', 1], hints: ['B'] }),
    ]);
  });
});
