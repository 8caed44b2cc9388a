import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from './child-env.mjs';
import { run } from './exec.mjs';
import { hashTree, removeStaleTemporaries, temporaryName } from './files.mjs';
import { localAuthorities, SPEC_PACKAGES } from './image-list.mjs';
import { goModuleFolder } from './go-tool.mjs';
import { giteaBinary, traefikBinary } from '../steps/go-tools.mjs';

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
  if (what === 'wheels') return downloadWheels(ctx, folder);
  if (what === 'traefik' || what === 'gitea') {
    const build = what === 'traefik' ? traefikBinary : giteaBinary;
    const program = await build(ctx, (/** @type {string} */ verb) => begin(`${verb} ${what}`, 270_000));
    fs.copyFileSync(program, path.join(folder, what));
    fs.chmodSync(path.join(folder, what), 0o755);
    if (what === 'gitea') await copyGiteaFiles(ctx, folder);
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
 * What Gitea reads at run time, and the scripts of its own image; the module has both.
 * @param {import('./context.mjs').Context} ctx
 * @param {string} folder
 */
async function copyGiteaFiles(ctx, folder) {
  const source = await goModuleFolder(ctx, 'gitea', 'code.gitea.io/gitea');
  for (const name of ['templates', 'options', 'public']) {
    copyWritable(path.join(source, name), path.join(folder, 'static', name));
  }
  copyWritable(path.join(source, 'docker/root'), path.join(folder, 'root'));
}

/** Everything in the cache of modules is read-only. */
function copyWritable(/** @type {string} */ from, /** @type {string} */ to) {
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) copyWritable(source, target);
    else fs.writeFileSync(target, fs.readFileSync(source));
  }
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

/** Of the Python of the base image, whatever this machine's own is. */
const WHEELS_FOR = [
  ...['--implementation=cp', '--python-version=3.11'],
  ...['2_34', '2_28', '2_27', '2_17', '2_5'].map((glibc) => `--platform=manylinux_${glibc}_x86_64`),
];

/**
 * Puts `wheels/` beside `requirements/`: the packages that those files pin with their hashes. This machine's own pip gets
 * them, because it knows the way to its index (mirror, proxy, certificates) and a build does not.
 * @param {import('./context.mjs').Context} ctx
 * @param {string} folder
 */
async function downloadWheels(ctx, folder) {
  const pins = path.join(folder, 'requirements');
  const stored = path.join(ctx.cache, 'wheels', hashTree(pins).slice(0, 24));
  if (!fs.existsSync(stored)) {
    removeStaleTemporaries(path.dirname(stored));
    const temporary = temporaryName(stored);
    const flags = ['--only-binary=:all:', '--no-deps', '--require-hashes', ...WHEELS_FOR];
    const log = path.join(ctx.paths.logs, 'images.log');
    // One after the other: two versions of a package are no set of requirements that pip would take.
    for (const file of fs.readdirSync(pins).sort()) {
      await run(
        [
          'pip3',
          'download',
          '--quiet',
          ...flags,
          `--dest=${temporary}`,
          `--requirement=${path.join(pins, file)}`,
        ],
        { env: childEnv(process.env, { TMPDIR: ctx.paths.tmp }), log, timeoutMs: 15 * 60_000 },
      );
    }
    fs.renameSync(temporary, stored);
  }
  fs.cpSync(stored, path.join(folder, 'wheels'), { recursive: true });
}
