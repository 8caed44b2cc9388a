import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes a file so that a reader sees the old or the new content, never a part of it.
 * @param {string} file
 * @param {string | Buffer} content
 * @param {number} [mode]
 */
export function writeAtomic(file, content, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = temporaryName(file);
  const handle = fs.openSync(temporary, 'wx', mode);
  try {
    fs.writeFileSync(handle, content);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
}

/**
 * A name beside the target (same file system, so that a rename is atomic).
 * The process id in it lets `removeStaleTemporaries` see whether the maker still lives.
 * @param {string} file
 */
export function temporaryName(file) {
  return `${file}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Removes what killed processes left half-made beside a target.
 * @param {string} folder
 */
export function removeStaleTemporaries(folder) {
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const maker = /\.tmp-(\d+)-[0-9a-f]{8}$/.exec(name);
    if (!maker || fs.existsSync(`/proc/${maker[1]}`)) continue;
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {any} the parsed content, or undefined when there is none that can be read
 */
export function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {...(string | Buffer)} parts */
export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/**
 * Hash of a folder's file names, modes of execution and contents.
 * @param {string} folder
 * @returns {string}
 */
export function hashTree(folder) {
  const hash = createHash('sha256');
  const names = fs.readdirSync(folder, { recursive: true }).map(String).sort();
  for (const name of names) {
    const file = path.join(folder, name);
    const stat = fs.statSync(file);
    if (!stat.isFile()) continue;
    hash.update(`${name}\0${stat.mode & 0o100 ? 'x' : '-'}\0`).update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

/**
 * The first executable of this name on the PATH.
 * @param {string} name
 * @param {string} [searchPath]
 */
export function which(name, searchPath = process.env.PATH ?? '') {
  for (const folder of [...searchPath.split(':'), '/usr/sbin', '/sbin']) {
    const file = path.join(folder || '.', name);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return path.resolve(file);
    } catch {
      // not here; look further
    }
  }
  return undefined;
}
