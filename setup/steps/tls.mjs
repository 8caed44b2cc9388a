import fs from 'node:fs';
import path from 'node:path';
import { run, succeeds } from '../lib/exec.mjs';
import { temporaryName } from '../lib/files.mjs';
import { withLock } from '../lib/lock.mjs';

const MONTH = 30 * 86_400;

/** @type {import('../lib/steps.mjs').Step} */
export const tls = {
  name: 'tls',
  title: 'test certificates',
  needs: ['instance', 'packages'],
  async run(ctx) {
    const ca = await ensureCa(ctx.cache);
    ctx.facts.CCI_CA_FILE = ca.certificate;
    const certificate = path.join(ctx.paths.tls, 'zone.crt');
    if (await isGood(certificate, ca.certificate, ctx.zone)) return 'present';
    fs.rmSync(ctx.paths.tls, { recursive: true, force: true });
    const temporary = temporaryName(ctx.paths.tls);
    fs.mkdirSync(temporary, { mode: 0o700 });
    const file = (/** @type {string} */ name) => path.join(temporary, name);
    const names = `subjectAltName=DNS:${ctx.zone},DNS:*.${ctx.zone}`;
    const request = ['-subj', `/CN=${ctx.zone}`, '-keyout', file('zone.key'), '-out', file('zone.csr')];
    await run(['openssl', 'req', '-new', ...newKey(), ...request]);
    fs.writeFileSync(
      file('extensions'),
      `${names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
    );
    const signer = ['-CA', ca.certificate, '-CAkey', ca.key, '-set_serial', `0x${serial()}`];
    const output = ['-in', file('zone.csr'), '-out', file('zone.crt'), '-extfile', file('extensions')];
    await run(['openssl', 'x509', '-req', '-days', '800', '-sha256', ...signer, ...output]);
    fs.renameSync(temporary, ctx.paths.tls);
    return 'made';
  },
};

/**
 * The test CA of this machine. It is in the cache because the images there trust it; its key never
 * leaves the cache, and nothing on the host trusts it.
 * @param {string} cache
 */
async function ensureCa(cache) {
  const folder = path.join(cache, 'ca');
  const found = { certificate: path.join(folder, 'ca.crt'), key: path.join(folder, 'ca.key') };
  if (fs.existsSync(found.certificate)) return found;
  await withLock(path.join(cache, 'locks', 'ca.lock'), async () => {
    if (fs.existsSync(found.certificate)) return;
    const temporary = temporaryName(folder);
    fs.mkdirSync(temporary, { recursive: true, mode: 0o755 });
    const output = ['-keyout', path.join(temporary, 'ca.key'), '-out', path.join(temporary, 'ca.crt')];
    const uses = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
    const extensions = uses.flatMap((use) => ['-addext', use]);
    const subject = ['-subj', '/CN=cc-ci test CA', '-days', '3650', '-sha256'];
    await run(['openssl', 'req', '-x509', ...newKey(), ...subject, ...extensions, ...output]);
    fs.chmodSync(path.join(temporary, 'ca.key'), 0o600);
    fs.renameSync(temporary, folder);
  });
  return found;
}

function newKey() {
  return ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
}

function serial() {
  // 120 random bits, as public authorities do; the leading byte keeps the number positive.
  return [...crypto.getRandomValues(new Uint8Array(15))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {string} certificate
 * @param {string} ca
 * @param {string} zone
 */
async function isGood(certificate, ca, zone) {
  if (!fs.existsSync(certificate)) return false;
  const lasts = ['openssl', 'x509', '-in', certificate, '-noout', '-checkend', String(MONTH)];
  if (!(await succeeds(lasts))) return false;
  return succeeds(['openssl', 'verify', '-CAfile', ca, '-verify_hostname', `x.${zone}`, certificate]);
}
