import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from './child-env.mjs';
import { run } from './exec.mjs';
import { localAuthorities, SPEC_PACKAGES } from './image-list.mjs';
import { traefikBinary } from '../steps/go-tools.mjs';

/**
 * Puts into a build context what cannot be in the repository.
 * @param {import('./context.mjs').Context} ctx
 * @param {string} what
 * @param {string} folder
 * @param {(what: string, expectedMs?: number) => void} begin
 */
export async function prepare(ctx, what, folder, begin) {
  if (what === 'debootstrap') return bootstrapDebian(ctx, folder);
  if (what === 'certificates') {
    const target = path.join(folder, 'certificates');
    fs.mkdirSync(target);
    localAuthorities(ctx.facts.CCI_CA_FILE ?? '').forEach((file, index) => {
      fs.copyFileSync(file, path.join(target, `${index}-${path.basename(file)}`));
    });
    return;
  }
  if (what === 'traefik') {
    const program = await traefikBinary(ctx, (/** @type {string} */ verb) =>
      begin(`${verb} traefik`, 270_000),
    );
    fs.copyFileSync(program, path.join(folder, 'traefik'));
    fs.chmodSync(path.join(folder, 'traefik'), 0o755);
    return;
  }
  if (what === 'spec-runner') {
    const modules = path.join(ctx.root, 'node_modules');
    fs.copyFileSync(path.join(modules, 'node/bin/node'), path.join(folder, 'node'));
    fs.chmodSync(path.join(folder, 'node'), 0o755);
    for (const name of SPEC_PACKAGES) {
      // Copies of what may be links into a cache, readable for the user who runs specs.
      fs.cpSync(path.join(modules, name), path.join(folder, 'node_modules', name), {
        recursive: true,
        dereference: true,
      });
    }
    return;
  }
  throw new Error(`unknown preparation "${what}"`);
}

/**
 * Packages come from where this machine gets its own: its sources when it is the same release, and
 * in any case its way to reach them (proxy, checks).
 * @param {import('./context.mjs').Context} ctx
 * @param {string} folder
 */
async function bootstrapDebian(ctx, folder) {
  const release = fs.readFileSync('/etc/os-release', 'utf8');
  const sources = release.includes('VERSION_CODENAME=bookworm')
    ? ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources'].filter((file) =>
        fs.existsSync(file),
      )
    : [];
  const { stdout } = await run(['apt-config', 'dump', 'Acquire']);
  const options = path.join(ctx.paths.tmp, 'apt-acquire.conf');
  const kept = /^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date|ForceIPv)/;
  fs.writeFileSync(
    options,
    stdout
      .split('\n')
      .filter((line) => kept.test(line))
      .join('\n'),
  );
  const slim = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];
  const argv = ['mmdebstrap', '--variant=minbase', '--include=ca-certificates', `--aptopt=${options}`];
  argv.push(...slim.map((pattern) => `--dpkgopt=path-exclude=${pattern}`));
  argv.push('bookworm', path.join(folder, 'rootfs.tar'), ...sources.slice(0, 1));
  const log = path.join(ctx.paths.logs, 'images.log');
  await run(argv, { env: childEnv(process.env, { TMPDIR: ctx.paths.tmp }), log });
}
