import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from './child-env.mjs';
import { SetupError } from './errors.mjs';
import { run } from './exec.mjs';
import { hashTree, removeStaleTemporaries, temporaryName, which } from './files.mjs';
import { withLock } from './lock.mjs';

/** Where a Go program of setup/go/<name> is, or will be once built.
 * @param {{ setupDir: string, cache: string }} where
 * @param {string} name
 */
export function goToolPath({ setupDir, cache }, name) {
  const hash = hashTree(path.join(setupDir, 'go', name)).slice(0, 12);
  return path.join(cache, 'go', `${name}-${hash}`, name);
}

/**
 * Builds a Go program from its pinned go.mod into the cache, once for all clones of the machine.
 * @param {{ setupDir: string, cache: string }} where
 * @param {{ name: string, package: string, tags?: string, ldflags?: string, cgo?: boolean }} tool
 *   with `cgo` it is linked statically: it must also run where another C library is
 * @param {(verb: string) => void} [onBuild]
 * @returns {Promise<string>} the program
 */
export async function ensureGoTool(where, tool, onBuild) {
  const program = goToolPath(where, tool.name);
  if (fs.existsSync(program)) return program;
  if (!which('go')) {
    throw new SetupError(
      `Go is not installed, and ${tool.name} is built from its pinned module.`,
      'Install Go >= 1.24 (https://go.dev/doc/install) so that `go version` works, then try again.',
    );
  }
  if (tool.cgo && !which('gcc')) {
    throw new SetupError(
      `There is no C compiler, and ${tool.name} is built with one.`,
      'Install it (on Debian: `apt-get install gcc libc6-dev`), then try again.',
    );
  }
  const folder = path.dirname(path.dirname(program));
  const lock = path.join(where.cache, 'locks', `go-${tool.name}.lock`);
  await withLock(
    lock,
    async () => {
      if (fs.existsSync(program)) return; // another clone built it while we waited
      onBuild?.('building');
      removeStaleTemporaries(folder);
      const temporary = temporaryName(path.dirname(program));
      fs.mkdirSync(temporary, { recursive: true });
      const linking = ['-s -w', tool.cgo ? '-linkmode external -extldflags -static' : '', tool.ldflags ?? ''];
      const ldflags = `-ldflags=${linking.join(' ').trim()}`;
      const argv = ['go', 'build', '-trimpath', ldflags, '-o', path.join(temporary, tool.name)];
      if (tool.tags) argv.push(`-tags=${tool.tags}`);
      argv.push(tool.package);
      // -mod=readonly: what is built is exactly what go.sum pins.
      const goFlags = `${process.env.GOFLAGS ?? ''} -mod=readonly -buildvcs=false`.trim();
      const extra = { GOFLAGS: goFlags, CGO_ENABLED: tool.cgo ? '1' : '0' };
      await run(argv, {
        cwd: path.join(where.setupDir, 'go', tool.name),
        env: childEnv(process.env, extra),
      });
      fs.renameSync(temporary, path.dirname(program));
    },
    (holder) => onBuild?.(`waiting for another build (${holder})`),
  );
  return program;
}

/**
 * Where the files of a module lie that a program of setup/go/<name> is built from; fetched when they are not there.
 * @param {{ setupDir: string }} where
 * @param {string} name
 * @param {string} module
 * @returns {Promise<string>}
 */
export async function goModuleFolder(where, name, module) {
  const { stdout } = await run(['go', 'mod', 'download', '-json', module], {
    cwd: path.join(where.setupDir, 'go', name),
    env: childEnv(process.env, { GOFLAGS: '-mod=readonly' }),
  });
  return JSON.parse(stdout).Dir;
}
