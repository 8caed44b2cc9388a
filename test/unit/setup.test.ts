import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDataConfig } from '../../client/config.ts';

/** Setup is plain JavaScript without types, so what a test uses of it is declared here. */
async function load<T>(path: string): Promise<T> {
  return (await import(join(import.meta.dirname, '../../setup', path))) as T;
}

interface Slot {
  subnet: string;
  hostAddress: string;
  address: string;
  ports: Record<string, number>;
}
interface Route {
  network: number;
  mask: number;
}
interface Identity {
  pid: number;
  start: string;
}

const network = await load<{
  SLOTS: number;
  slotNetwork: (slot: number) => Slot;
  usedPorts: (table: string) => Set<number>;
  parseRoutes: (table: string) => Route[];
  overlaps: (cidr: string, routes: Route[]) => boolean;
}>('lib/network.mjs');
const hostEnv = await load<{
  HOST_VARIABLES: string[];
  formatHostEnv: (facts: Record<string, string>) => string;
}>('lib/host-env.mjs');
const processes = await load<{
  startTimeOf: (stat: string) => string;
  startTime: (pid: number) => string;
  isAlive: (identity: Identity | undefined, lookup?: (pid: number) => string) => boolean;
}>('lib/processes.mjs');
const lock = await load<{ withLock: <T>(file: string, work: () => Promise<T>) => Promise<T> }>(
  'lib/lock.mjs',
);
const files = await load<{
  writeAtomic: (file: string, content: string, mode?: number) => void;
  hashTree: (folder: string) => string;
}>('lib/files.mjs');
const npm = await load<{ agrees: (lock: object, installed: object | undefined) => boolean }>('steps/npm.mjs');
const resolver = await load<{ parseNameServers: (text: string) => string[] }>('steps/resolver.mjs');
const imageList = await load<{
  listImages: (
    where: { setupDir: string; cache: string; demoOnly: boolean },
    caFile: string,
  ) => { repository: string; tag: string; key: string }[];
}>('lib/image-list.mjs');
const steps = await load<{ duration: (ms: number) => string }>('lib/steps.mjs');
const context = await load<{
  socketFolder: (where: { dir: string; id: string }) => string;
  createContext: (options: { root: string; env: object }) => { paths: { data: string } };
}>('lib/context.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cc-ci-setup-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the network of an instance', () => {
  it('shares no address and no port with any other instance', () => {
    const slots = Array.from({ length: network.SLOTS }, (_, slot) => network.slotNetwork(slot));
    const ports = slots.flatMap((slot) => Object.values(slot.ports));
    expect(new Set(slots.map((slot) => slot.subnet)).size).toBe(network.SLOTS);
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('puts both ends of the link into its own range', () => {
    expect(network.slotNetwork(17)).toMatchObject({
      subnet: '10.213.1.16/28',
      hostAddress: '10.213.1.17',
      address: '10.213.1.18',
    });
  });

  it.each([-1, 1.5, 1_000])('refuses the slot %s', (slot) => {
    expect(() => network.slotNetwork(slot)).toThrow(RangeError);
  });

  it('reads the ports in use from the tables of IPv4 and IPv6', () => {
    const head = '  sl  local_address rem_address   st\n';
    expect(network.usedPorts(`${head}   0: 0100007F:4E20 00000000:0000 0A`)).toEqual(new Set([20_000]));
    const ipv6 = `${head}   0: 00000000000000000000000000000000:4E21 00000000000000000000000000000000:0000 0A`;
    expect(network.usedPorts(ipv6)).toEqual(new Set([20_001]));
  });

  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n';
  it.each([
    ['a default route', 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000', false],
    ['a neighbouring range', 'v\t1000D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF', false],
    ['the same range', 'v\t0000D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF', true],
    ['a range around it', 'v\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF', true],
    ['a single address inside', 'v\t0500D50A\t00000000\t0005\t0\t0\t0\tFFFFFFFF', true],
  ])('sees %s', (_, line, taken) => {
    expect(network.overlaps('10.213.0.0/28', network.parseRoutes(head + line))).toBe(taken);
  });
});

describe('the data folder', () => {
  it('is the one that the command line reads while no stack is up', () => {
    const { paths } = context.createContext({ root: folder, env: {} });
    expect(loadDataConfig({}, folder)).toEqual({ CCI_DATA: paths.data });
  });
});

describe('host.env', () => {
  const facts = (extra: Record<string, string> = {}) => ({
    ...Object.fromEntries(hostEnv.HOST_VARIABLES.map((name) => [name, 'x'])),
    ...extra,
  });

  it.each(['/a/b c/d', "it's", 'a#b', '{recipe}', '$HOME', 'a"b', ''])('keeps the value %j', (value) => {
    expect(parseEnv(hostEnv.formatHostEnv(facts({ CCI_DATA: value })))).toMatchObject({ CCI_DATA: value });
  });

  it('has no line for what a given daemon does not have', () => {
    expect(hostEnv.formatHostEnv(facts())).not.toContain('CCI_NETNS');
    expect(hostEnv.formatHostEnv(facts({ CCI_NETNS: '/run/netns/n' }))).toContain('CCI_NETNS=/run/netns/n\n');
  });

  it('refuses a value that is not known or would become two lines', () => {
    expect(() => hostEnv.formatHostEnv({})).toThrow('did not find out');
    expect(() => hostEnv.formatHostEnv(facts({ CCI_DATA: 'a\nCCI_HOST=b' }))).toThrow('line break');
  });
});

describe('a recorded process', () => {
  const stat = (name: string, state: string, start: string) =>
    `7 (${name}) ${state} ${Array.from({ length: 18 }, () => '0').join(' ')} ${start} 0 0`;

  it('is told by its start time, whatever its name holds', () => {
    expect(processes.startTimeOf(stat('a) R 1 (b', 'S', '4711'))).toBe('4711');
  });

  it('does not count as alive as a zombie', () => {
    expect(processes.startTimeOf(stat('node', 'Z', '4711'))).toBe('');
  });

  it('is not taken for a later one with the same id', () => {
    const now = { pid: process.pid, start: processes.startTime(process.pid) };
    expect(processes.isAlive(now)).toBe(true);
    expect(processes.isAlive({ ...now, start: '1' })).toBe(false);
    expect(processes.isAlive({ pid: 7, start: '' }, () => '')).toBe(false);
    expect(processes.isAlive(undefined)).toBe(false);
  });
});

describe('the lock', () => {
  it('lets one in at a time', async () => {
    const file = join(folder, 'locks', 'a.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => lock.withLock(file, work)));
    expect(most).toBe(1);
  });

  it('is free after a failure', async () => {
    const file = join(folder, 'a.lock');
    await expect(lock.withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(lock.withLock(file, () => Promise.resolve('in'))).resolves.toBe('in');
  });
});

describe('files', () => {
  it('are replaced whole, with the mode asked for, and leave nothing beside them', () => {
    const file = join(folder, 'a');
    files.writeAtomic(file, 'one', 0o600);
    files.writeAtomic(file, 'two', 0o600);
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('have a common hash that changes with a name as well as with content', () => {
    files.writeAtomic(join(folder, 'a'), '1');
    const first = files.hashTree(folder);
    files.writeAtomic(join(folder, 'b'), '');
    expect(files.hashTree(folder)).not.toBe(first);
    rmSync(join(folder, 'b'));
    expect(files.hashTree(folder)).toBe(first);
  });

  it('put a socket into /run when its path would be too long', () => {
    expect(context.socketFolder({ dir: '/a/.cc-ci', id: '0123abcd' })).toBe('/a/.cc-ci/run');
    expect(context.socketFolder({ dir: `/${'a'.repeat(100)}`, id: '0123abcd' })).toBe('/run/cc-ci-0123abcd');
  });
});

describe('the images', () => {
  const list = (demoOnly: boolean) => {
    const caFile = join(folder, 'ca.crt');
    files.writeAtomic(caFile, 'a certificate');
    const setupDir = join(import.meta.dirname, '../../setup');
    return imageList.listImages({ setupDir, cache: folder, demoOnly }, caFile);
  };
  const references = (demoOnly: boolean) => list(demoOnly).map((image) => `${image.repository}:${image.tag}`);

  it('of the demonstration are what its recipe, the ingress and backups need, and their base', () => {
    expect(references(true).sort()).toEqual([
      'debian:bookworm-slim',
      'nginx:1.28.0',
      'nginx:1.29.0',
      'nginx:1.29.1',
      'restic/restic:0.14.0',
      'traefik:v3.6.12',
    ]);
    expect(references(true)[0]).toBe('debian:bookworm-slim');
  });

  it('are all made for everything else, those of the demonstration with the same keys', () => {
    expect(references(false)).toEqual(
      expect.arrayContaining(['postgres:15.14', 'mariadb:10.11.13', 'coopcloud/notes:1.1.0']),
    );
    expect(list(false)).toEqual(expect.arrayContaining(list(true)));
  });
});

describe('node_modules', () => {
  const wanted = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } } };
  it.each([
    [
      'is what the lock file says',
      { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'x' } } },
      true,
    ],
    ['has another version', { packages: { 'node_modules/a': { version: '1.0.1', integrity: 'y' } } }, false],
    ['lacks a package', { packages: {} }, false],
    ['is not there', undefined, false],
  ])('%s', (_, installed, expected) => {
    expect(npm.agrees(wanted, installed)).toBe(expected);
  });
});

it('does not give a name server on loopback to the namespace', () => {
  const text = '# a comment\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver fd00::1\nsearch x\n';
  expect(resolver.parseNameServers(text)).toEqual(['192.0.2.1']);
});

it.each([
  [40, '0s'],
  [7_400, '7.4s'],
  [59_600, '1m00s'],
  [211_000, '3m31s'],
])('writes %d ms as %s', (ms, text) => {
  expect(steps.duration(ms)).toBe(text);
});
