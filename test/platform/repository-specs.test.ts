import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fetchThroughIngress } from '../../activities/support/ingress-http.ts';
import { config, docker, required } from '../e2e/stack.ts';
import { BENIGN, ENDLESS, FORGING, GREEDY, linking, LOUD, prying, TELLING } from './hostile-specs.ts';
import {
  approve,
  leftovers,
  openRepositorySpecsBench,
  PAGE,
  printedBy,
  processesOfSpecs,
  SECRET,
  type RepositorySpecsBench,
} from './repository-specs-bench.ts';

const MIB = 1024 * 1024;
let bench: RepositorySpecsBench;

beforeAll(async () => {
  bench = await openRepositorySpecsBench();
});
afterAll(() => bench.close());

afterEach(async () => {
  // Whatever the specs have done: nothing of them is left, as seen from outside.
  expect(processesOfSpecs()).toEqual([]);
  expect(await leftovers()).toBe('');
});

/** Services of this host that listen, by port on its loopback. */
function hostServices(): number[] {
  return [
    Number(config.CCI_TEMPORAL_ADDRESS.split(':')[1]),
    Number(new URL(config.CCI_TEMPORAL_UI).port),
    config.CCI_CODEC_PORT,
    Number(required('CCI_METRICS_PORT')),
  ];
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });
}

describe('specs of the repository itself', { timeout: 300_000 }, () => {
  it('use the app as reviewed specs do, with modules of their own [R-36]', async () => {
    const words = `export const greeting = '${PAGE}';\n`;
    const { outcome, log } = await bench.run({ 'page.spec.ts': BENIGN, 'words.ts': words });
    expect(outcome.assertions.map(({ name, ok, detail }) => [name, ok || detail])).toEqual([
      ['repository: spec: serves its page', true],
      ['repository: spec: knows what the app holds', true],
    ]);
    expect(outcome).toMatchObject({ status: 'pass', counts: { passed: 2, failed: 0, skipped: 0 } });
    expect(log).toContain('serves its page');
  });

  it('do not run for a recipe that nobody has approved [R-36]', async () => {
    await approve(bench.checkout, ['another']);
    try {
      const { outcome, raw } = await bench.run({ 'page.spec.ts': BENIGN });
      expect(raw).toBeUndefined();
      expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT', counts: { passed: 0 } });
      expect(outcome.assertions[0]?.detail).toBe('tiny is not in recipes/repo-local-approved.txt');
    } finally {
      await approve(bench.checkout, ['tiny']);
    }
  });

  it('reach neither the host nor its services nor another app [R-36]', async () => {
    const { ingress, app, other } = bench;
    // The controls: all of it is there.
    expect(existsSync(config.CCI_KEYS_FILE)).toBe(true);
    for (const port of hostServices()) expect(await listens(port), `port ${port}`).toBe(true);
    const page = await fetchThroughIngress(ingress, `https://${other.domain}/`, { timeoutMs: 5000 });
    expect(page.status).toBe(200);
    const gateway = await docker(
      'network',
      'inspect',
      'bridge',
      '--format={{(index .IPAM.Config 0).Gateway}}',
    );
    const addresses = new Set(['127.0.0.1', ingress.address, gateway.trim(), '172.17.0.1']);
    const ports = [...new Set([...hostServices(), ingress.port, 5000, 2375, 2377])];
    const places: [string, number][] = [...addresses].flatMap((host) =>
      ports.map((port): [string, number] => [host, port]),
    );
    places.push(['169.254.169.254', 80], ['1.1.1.1', 443]);
    const ran = await bench.run({ 'prying.spec.ts': prying(places, other.domain) });
    const seen = printedBy(ran);
    const controls = Object.entries(seen).filter(([name]) => name.startsWith('control: '));
    expect(Object.fromEntries(controls)).toEqual({
      'control: the app': 'ACHIEVED 200',
      'control: the app by hand': 'ACHIEVED HTTP/1.1 200 OK',
      'control: own files': 'ACHIEVED written',
      'control: a program': 'ACHIEVED ended with 0',
    });
    const attempts = Object.entries(seen).filter(([name]) => !name.startsWith('control: '));
    expect(attempts.length).toBeGreaterThan(30 + places.length - 1);
    expect(attempts.filter(([, what]) => what.startsWith('ACHIEVED'))).toEqual([]);
    expect(ran.outcome.status).toBe('pass');
    expect(app.domain).not.toBe(other.domain);
  });

  it('get no more processes, memory and room than they are given [R-36]', async () => {
    let [most, mostBytes] = [0, 0];
    const sampler = setInterval(() => {
      const found = processesOfSpecs();
      most = Math.max(most, found.length);
      mostBytes = Math.max(
        mostBytes,
        found.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }, 50);
    const ran = await bench.run({ 'greedy.spec.ts': GREEDY });
    clearInterval(sampler);
    const seen = printedBy(ran);
    expect(Object.values(seen).filter((what) => what.startsWith('ACHIEVED'))).toEqual([]);
    expect(seen).toEqual({
      'room in /tmp': expect.stringMatching(/^ENOSPC after (6[0-4]|[1-5]?\d)$/) as string,
      'room in /work': expect.stringMatching(/^ENOSPC after (6[0-4]|[1-5]?\d)$/) as string,
      'room in /dev/shm': expect.stringMatching(/^ENOSPC after 1[56]$/) as string,
      memory: expect.stringMatching(/^ended by SIGKILL after \d+$/) as string,
      processes: expect.stringMatching(/^EAGAIN after \d+$|^spawn \S+ EAGAIN after \d+$/) as string,
    });
    // It was tried in earnest, and held.
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(256);
    expect(mostBytes).toBeGreaterThan(256 * MIB);
    expect(mostBytes).toBeLessThanOrEqual(768 * MIB);
  });

  it('cannot make up results of others, nor by ending who judges them [R-36]', async () => {
    const { outcome, raw } = await bench.run({ 'forging.spec.ts': FORGING });
    // The control: what was made up did arrive.
    expect(raw?.report).toContain('the app is fine');
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    const [first] = outcome.assertions;
    expect(first).toMatchObject({ name: 'repository: the specs can be collected and run', ok: false });
    expect(first?.detail).toBe('custom-html/install.spec.ts ran although it was not asked for');
  });

  it('cannot have files of the host handed out by a link [R-36]', async () => {
    for (const target of [config.CCI_KEYS_FILE, '/etc/hostname']) {
      const { outcome, raw, log } = await bench.run({ 'linking.spec.ts': linking(target) });
      expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT', screenshots: [] });
      expect(raw?.report ?? '').not.toContain('"keys"');
      expect(log).not.toContain('"keys"');
    }
  });

  it('cannot flood the log, nor have so much output judged [R-36]', async () => {
    const { outcome, log } = await bench.run({ 'loud.spec.ts': LOUD });
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(log.length).toBeLessThan(3 * MIB);
  });

  it('cannot tell a secret of the run in a log or a result [R-36 H-20]', async () => {
    const { outcome, raw, log } = await bench.run({ 'telling.spec.ts': TELLING });
    // The control: it was told.
    expect(raw?.report).toContain(SECRET);
    expect(outcome.assertions).toMatchObject([
      { ok: false, detail: expect.stringContaining('[redacted]') as string },
    ]);
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(log).not.toContain(SECRET);
  });

  it('end with their time, and with all that they have started [R-36]', async () => {
    const before = Date.now();
    const { outcome } = await bench.run({ 'endless.spec.ts': ENDLESS }, 5000);
    expect(outcome).toMatchObject({ status: 'fail' });
    expect(Date.now() - before).toBeLessThan(90_000);
  });

  it('do not run at all when one of them is too large [R-36]', async () => {
    const { outcome, raw } = await bench.run({ 'big.spec.ts': `// ${'x'.repeat(300 * 1024)}` });
    expect(raw).toBeUndefined();
    expect(outcome.assertions[0]?.detail).toContain('at most');
  });
});
