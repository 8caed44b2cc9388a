/**
 * Specs of somebody who means harm, as a change to a recipe could bring them. Each attempt notes what it came to:
 * `ACHIEVED …`, or how it was denied.
 */
const IMPORTS = `
import { test, expect } from '../../fixtures.ts';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
const seen = {};
const denied = (error) => String(error.code ?? error.message).replace(/[^\\w .:-]/g, ' ').slice(0, 60);
async function attempt(name, body) {
  try {
    const got = await body();
    seen[name] = got === undefined || got === '' || got === false ? 'nothing' : 'ACHIEVED ' + String(got).slice(0, 80);
  } catch (error) { seen[name] = denied(error); }
}
const tell = () => console.log('SEEN' + JSON.stringify(seen) + 'NEES');
const command = (...argv) => {
  const { status, error, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', timeout: 5000 });
  if (error) throw error;
  if (status !== 0) throw new Error('ended with ' + status + ' ' + stderr.split('\\n')[0]);
  return 'ended with 0';
};
const open = (port, host) => new Promise((resolve, reject) => {
  const socket = net.connect({ port, host, timeout: 3000 }, () => { socket.destroy(); resolve('open'); });
  socket.on('error', reject);
  socket.on('timeout', () => { socket.destroy(); reject(new Error('silent')); });
});
`;

/** The control: uses the app as a well-meaning spec does. */
export const BENIGN = `
import { test, expect } from '../../fixtures.ts';
import { greeting } from './words.ts';
test('serves its page', async ({ app, http, probe }) => {
  const answer = await http.get('/');
  expect(answer.status).toBe(200);
  expect(answer.text()).toContain(greeting);
  expect((await probe.http('/missing')).status).toBe(404);
  expect(app.url).toBe('https://' + app.domain + '/');
});
test('knows what the app holds', ({ marker }) => { 
  expect(marker.value).toMatch(/^ci-/);
  expect(marker.seed).toBe('');
});
`;

/** Looks for what is the host's or somebody else's. `places`: addresses and ports that answer on the host. */
export function prying(places: readonly (readonly [string, number])[], otherDomain: string): string {
  return `${IMPORTS}
const places = ${JSON.stringify(places)};
const other = ${JSON.stringify(otherDomain)};
test('pries', async ({ app, http }) => {
  for (const path of ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock'])
    await attempt('socket ' + path, () => fs.statSync(path).mode);
  await attempt('secrets of a service', () => fs.readdirSync('/run/secrets').join());
  await attempt('processes of the host', () => {
    const names = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name));
    const lines = names.map((name) => { try { return fs.readFileSync('/proc/' + name + '/cmdline', 'utf8'); } catch { return ''; } });
    return lines.filter((line) => /dockerd|containerd|temporal|traefik|supervisor|gate\\.mjs/.test(line)).join();
  });
  await attempt('files of the host', () => fs.readdirSync('/proc/1/root').filter((name) => /^(root|home)$/.test(name)).flatMap((name) => fs.readdirSync('/' + name)).join());
  await attempt('mounts of host folders', () => fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\\n')
    .filter((line) => / - (ext4|xfs|btrfs) /.test(line)).map((line) => line.split(' ')[4])
    .filter((path) => !['/etc/resolv.conf', '/etc/hostname', '/etc/hosts'].includes(path)).join());
  await attempt('mount', () => command('mount', '-t', 'tmpfs', 'x', '/mnt'));
  await attempt('a namespace to be root in', () => command('unshare', '--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'x', '/mnt'));
  await attempt('write the root', () => fs.writeFileSync('/cc-ci/gate.mjs', 'x') ?? 'written');
  await attempt('write the programs', () => fs.writeFileSync('/usr/local/bin/node', 'x') ?? 'written');
  await attempt('run what was written', () => { fs.writeFileSync('/tmp/x', '#!/bin/sh\\nexit 0\\n', { mode: 0o755 }); return command('/tmp/x'); });
  await attempt('become root', () => process.setuid(0) ?? 'root');
  await attempt('a program that makes one root', () => command('su', '-c', 'true'));
  await attempt('capabilities', () => /^Cap(Prm|Eff|Bnd|Amb):\\s*0*[1-9a-f]/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[0]);
  await attempt('new privileges', () => /^NoNewPrivs:\\s*0/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[0]);
  await attempt('the seccomp filter off', () => /^Seccomp:\\s*0/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[0]);
  await attempt('settings of the kernel', () => fs.writeFileSync('/proc/sys/kernel/core_pattern', '|/tmp/x') ?? 'written');
  await attempt('control groups', () => { for (const name of ['memory', 'pids']) fs.mkdirSync('/sys/fs/cgroup/' + name + '/x'); return 'made'; });
  await attempt('higher limits', () => command('sh', '-c', 'ulimit -n 4096'));
  await attempt('device', () => fs.readdirSync('/dev').filter((name) => /^(vd|sd|nvme|loop|kvm|mem|fuse)/.test(name)).join());
  await attempt('memory of the gate', () => fs.readdirSync('/gate').filter((name) => name !== 'ingress.sock').join());
  await attempt('another gate', () => { fs.renameSync('/gate/ingress.sock', '/gate/old'); return 'moved'; });
  await attempt('environment', () => Object.keys(process.env).filter((name) => !/^(PATH|LANG|NO_COLOR|FORCE_COLOR|HOME|TMPDIR|DEBUG_COLORS|TEST_WORKER_INDEX|TEST_PARALLEL_INDEX|PLAYWRIGHT_\\w+|PW_?TEST_\\w+|PWD|NODE_OPTIONS|TEST_\\w+|PW_\\w+|BROWSERSLIST_IGNORE_OLD_DATA)$/.test(name)).join());
  await attempt('environment of process 1', () => fs.readFileSync('/proc/1/environ', 'utf8').split('\\0').map((line) => line.split('=')[0]).filter((name) => /CCI|GATE|SECRET|TOKEN|DOCKER|KEY/.test(name)).join());
  await attempt('secrets in the context', () => JSON.stringify(JSON.parse(fs.readFileSync('/work/context.json', 'utf8'))).match(/clientSecret|password/)?.[0]);
  await attempt('network devices', () => Object.keys(os.networkInterfaces()).filter((name) => name !== 'lo').join());
  await attempt('names', async () => (await (await import('node:dns/promises')).lookup('example.com')).address);
  for (const [host, port] of places) await attempt('open ' + host + ':' + port, () => open(port, host));
  await attempt('another app by its name', async () => {
    const answer = await http.get('https://' + other + '/');
    return answer.status === 421 ? '' : 'status ' + answer.status;
  });
  await attempt('another app behind a good name', async () => {
    const answer = await http.request('/', { headers: { host: other } });
    return answer.text().includes('nginx') && answer.url.includes(other) ? 'page' : '';
  });
  const raw = (lines) => new Promise((resolve, reject) => {
    const { ca } = JSON.parse(fs.readFileSync('/work/context.json', 'utf8'));
    void import('node:tls').then((tls) => {
      const socket = tls.connect({ port: 8443, host: '127.0.0.1', servername: app.domain, ca, timeout: 5000 }, () => socket.write(lines.join('\\r\\n') + '\\r\\n\\r\\n'));
      let text = '';
      socket.on('data', (data) => { text += data; });
      socket.on('timeout', () => { socket.destroy(); resolve(text); });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
  });
  const reached = (text) => / 200 /.test(text.split('\\n')[0]) ? text.split('\\n')[0].trim() : '';
  await attempt('another app by a whole address', async () => reached(await raw(['GET https://' + other + '/ HTTP/1.1', 'Host: ' + app.domain, 'Connection: close'])));
  await attempt('another app by a second host', async () => {
    const text = await raw(['GET / HTTP/1.1', 'Host: ' + other, 'Host: ' + app.domain, 'Connection: close']);
    return reached(text);
  });
  await attempt('another app by a tunnel', async () => reached(await raw(['CONNECT ' + other + ':443 HTTP/1.1', 'Host: ' + app.domain])));
  await attempt('another app by smuggling', async () => {
    const inner = 'GET / HTTP/1.1\\r\\nHost: ' + other + '\\r\\n\\r\\n';
    const text = await raw(['POST / HTTP/1.1', 'Host: ' + app.domain, 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', inner]);
    return (text.match(/HTTP\\/1\\.1 200/g) ?? []).length > 1 ? 'two answers' : '';
  });
  // The control: what may be reached is.
  await attempt('control: the app', async () => (await http.get('/')).status);
  await attempt('control: the app by hand', async () => reached(await raw(['GET / HTTP/1.1', 'Host: ' + app.domain, 'Connection: close'])));
  await attempt('control: own files', () => fs.writeFileSync('/work/x', 'x') ?? 'written');
  await attempt('control: a program', () => command('sh', '-c', 'true'));
  tell();
});
`;
}

/** Takes whatever there is of processes, memory and room. */
export const GREEDY = `${IMPORTS}
test('fills the disk', async () => {
  for (const folder of ['/tmp', '/work', '/dev/shm']) {
    let bytes = 0;
    const block = Buffer.alloc(1024 * 1024, 1);
    try {
      const file = fs.openSync(folder + '/fill', 'w');
      for (; bytes < 4096 * block.length; bytes += block.length) fs.writeSync(file, block);
      seen['room in ' + folder] = 'ACHIEVED ' + bytes;
    } catch (error) { seen['room in ' + folder] = denied(error) + ' after ' + Math.round(bytes / 1048576); }
    try { fs.rmSync(folder + '/fill', { force: true }); } catch {}
  }
});
test('takes memory', async () => {
  const script = 'const all = []; for (let i = 0; i < 64; i++) { all.push(Buffer.alloc(64 << 20, 1)); console.log(String((i + 1) * 64)); }';
  const { signal, status, stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 60000 });
  const got = Number(stdout.trim().split('\\n').at(-1) || 0);
  seen['memory'] = got >= 4096 ? 'ACHIEVED ' + got : 'ended by ' + (signal ?? status) + ' after ' + got;
});
test('multiplies', async () => {
  const children = [];
  let refused = '';
  for (let i = 0; i < 600 && refused === ''; i++) {
    await new Promise((resolve) => {
      const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
      child.once('error', (error) => { refused = denied(error); resolve(); });
      child.once('spawn', () => { children.push(child); resolve(); });
    });
  }
  seen['processes'] = refused === '' ? 'ACHIEVED ' + children.length : refused + ' after ' + children.length;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  tell();
  // They stay, and so does one that has left its parent.
});
`;

/** Says that everything passed, and ends the one who would say otherwise. */
export const FORGING = `${IMPORTS}
test('forges', async () => {
  const spec = (file, title) => ({ title: file, file, specs: [{ title, file, ok: true, tests: [{ expectedStatus: 'passed', status: 'expected', annotations: [], results: [{ status: 'passed', errors: [], attachments: [] }] }] }] });
  const report = { suites: [spec('repository/custom/forging.spec.ts', 'forges'), spec('custom-html/install.spec.ts', 'the app is fine')], errors: [] };
  fs.writeFileSync('/work/out/report.json', JSON.stringify(report));
  fs.chmodSync('/work/out/report.json', 0o444);
  process.kill(process.ppid, 'SIGKILL');
  await new Promise(() => {});
});
`;

/** Lays links where results are expected. */
export function linking(target: string): string {
  return `${IMPORTS}
test('links', async ({}, info) => {
  const path = info.outputPath('picture.png');
  fs.symlinkSync(${JSON.stringify(target)}, path);
  info.attachments.push({ name: 'a', contentType: 'image/png', path });
  fs.rmSync('/work/out/report.json', { force: true });
  fs.symlinkSync(${JSON.stringify(target)}, '/work/out/report.json');
  process.kill(process.ppid, 'SIGKILL');
  await new Promise(() => {});
});
`;
}

/** Prints without end. */
export const LOUD = `${IMPORTS}
test('prints', async () => {
  const line = 'x'.repeat(1023) + '\\n';
  for (let i = 0; i < 40 * 1024; i++) if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
});
`;

/** Knows a secret somehow. */
export const TELLING = `${IMPORTS}
test('quotes a secret that it was told somehow', () => { throw new Error('correct-horse' + '-battery-staple'); });
`;

/** Never ends, and leaves something that would go on. */
export const ENDLESS = `${IMPORTS}
test('stays', async () => {
  spawn('sh', ['-c', 'trap "" TERM INT HUP; while :; do sleep 1; done'], { detached: true, stdio: 'ignore' }).unref();
  process.on('SIGINT', () => {});
  await new Promise(() => {});
});
`;
