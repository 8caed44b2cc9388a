import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline/promises';
import { childEnv } from '../lib/child-env.mjs';
import { SetupError } from '../lib/errors.mjs';
import { run, succeeds } from '../lib/exec.mjs';
import { which } from '../lib/files.mjs';
import { withLock } from '../lib/lock.mjs';

const ALWAYS = [
  'chromium',
  'chromium-sandbox',
  'libnss3-tools',
  'fonts-liberation',
  'openssl',
  'git',
  'libfaketime',
];
const OWN_DAEMON = [
  ...['docker.io', 'iptables', 'iproute2', 'dnsmasq-base', 'docker-registry'],
  // For images: the base of all, and packages from PyPI.
  ...['mmdebstrap', 'python3-pip'],
];
const SERVICES = ['docker.service', 'docker.socket', 'containerd.service', 'docker-registry.service'];
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_TEXT = '#!/bin/sh\n# cc-ci setup: no service starts while it installs packages\nexit 101\n';

/** @type {import('../lib/steps.mjs').Step} */
export const packages = {
  name: 'packages',
  title: 'system packages',
  needs: ['preflight'],
  expectedMs: 60_000,
  async run(ctx, report) {
    const wanted = ctx.useDocker ? ALWAYS : [...ALWAYS, ...OWN_DAEMON];
    let missing = await missingPackages(wanted);
    if (missing.length > 0) {
      if (!which('apt-get')) throw unknownDistribution(missing);
      await consent(ctx, missing);
      // One installation at a time on this machine, whichever clone asks.
      await withLock(path.join(ctx.cache, 'locks', 'apt.lock'), async () => {
        missing = await missingPackages(wanted);
        if (missing.length === 0) return;
        report.begin(`installing ${missing.join(' ')}`);
        await install(ctx, missing);
      });
      missing = await missingPackages(wanted);
      if (missing.length > 0) throw unknownDistribution(missing);
      return 'installed';
    }
    if (fs.existsSync(POLICY) && fs.readFileSync(POLICY, 'utf8') === POLICY_TEXT) {
      // An installation was killed before it could take its file away.
      await withLock(path.join(ctx.cache, 'locks', 'apt.lock'), async () =>
        fs.rmSync(POLICY, { force: true }),
      );
    }
    return 'present';
  },
};

/**
 * @param {string[]} wanted
 * @returns {Promise<string[]>}
 */
async function missingPackages(wanted) {
  if (!which('dpkg-query')) {
    const programs = { chromium: 'chromium', openssl: 'openssl', git: 'git', 'docker.io': 'dockerd' };
    const others = { iptables: 'iptables', 'dnsmasq-base': 'dnsmasq', 'docker-registry': 'docker-registry' };
    const makers = { mmdebstrap: 'mmdebstrap', 'python3-pip': 'pip3' };
    const known = Object.entries({ ...programs, ...others, ...makers });
    return known.filter(([name, tool]) => wanted.includes(name) && !which(tool)).map(([name]) => name);
  }
  const format = '${Package} ${db:Status-Status}\n';
  const { stdout } = await run(['dpkg-query', '-W', '-f', format, ...wanted], { allowFailure: true });
  const present = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((l) => l.split(' ')[0]),
  );
  // Docker and Python from another source (docker-ce, pyenv) serve as well.
  if (which('dockerd')) present.add('docker.io');
  if (which('pip3')) present.add('python3-pip');
  return wanted.filter((name) => !present.has(name));
}

/**
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {string[]} missing
 */
async function consent(ctx, missing) {
  process.stderr.write(`  cc-ci needs these packages of the distribution: ${missing.join(' ')}\n`);
  if (ctx.yes || ctx.ci || !process.stdin.isTTY) return;
  const prompt = readline.createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question('  Install them now? [y/N] ');
  prompt.close();
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new SetupError(
    'The packages were not installed.',
    `Install them yourself: \`apt-get install -y --no-install-recommends ${missing.join(' ')}\``,
  );
}

/**
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {string[]} names
 */
async function install(ctx, names) {
  const env = childEnv(process.env, { DEBIAN_FRONTEND: 'noninteractive' });
  const log = path.join(ctx.paths.logs, 'apt.log');
  const options = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
  const argv = ['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...names];
  const ours = !fs.existsSync(POLICY);
  if (ours) fs.writeFileSync(POLICY, POLICY_TEXT, { mode: 0o755 });
  try {
    // The lists may be absent or old; only then are they fetched.
    if (!(await succeeds(argv, { env, log }))) {
      await run(['apt-get', ...options, 'update'], { env, log });
      await run(argv, { env, log });
    }
  } finally {
    if (ours) fs.rmSync(POLICY, { force: true });
  }
  // Not at the next boot either: cc-ci starts its own daemon, and the host asked for none.
  if (names.includes('docker.io') && fs.existsSync('/run/systemd/system')) {
    for (const unit of SERVICES) await succeeds(['systemctl', 'disable', unit]);
  }
}

/** @param {string[]} missing */
function unknownDistribution(missing) {
  return new SetupError(
    `These packages are missing and could not be installed: ${missing.join(' ')}.`,
    'Install what provides them on your distribution (names as in Debian), then try again.',
  );
}
