import fs from 'node:fs';
import path from 'node:path';
import { run, succeeds } from './exec.mjs';
import { writeAtomic } from './files.mjs';

const V2 = path.join('docker', 'registry', 'v2');

/**
 * Adds the images of one registry storage to another one, also while a registry serves that.
 * Blobs are content-addressed and never rewritten, so they are shared as hard links; the links
 * from tags to manifests are rewritten in place by a push and therefore copied.
 * @param {string} from
 * @param {string} to
 */
export async function mergeStorage(from, to) {
  const [source, target] = [path.join(from, V2), path.join(to, V2)];
  fs.mkdirSync(path.join(target, 'blobs'), { recursive: true });
  fs.mkdirSync(path.join(target, 'repositories'), { recursive: true });
  const blobs = [`${source}/blobs/.`, `${target}/blobs`];
  if (!(await succeeds(['cp', '-aln', ...blobs]))) await run(['cp', '-an', ...blobs]);
  await run(['cp', '-a', `${source}/repositories/.`, `${target}/repositories`]);
}

/**
 * The content key an image was added with, kept beside the storage, not in it.
 * @param {string} storage
 * @param {string} repository
 * @param {string} tag
 */
export function readStamp(storage, repository, tag) {
  try {
    return fs.readFileSync(stampFile(storage, repository, tag), 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} storage @param {string} repository @param {string} tag @param {string} key */
export function writeStamp(storage, repository, tag, key) {
  writeAtomic(stampFile(storage, repository, tag), key);
}

/** @param {string} storage @param {string} repository @param {string} tag */
function stampFile(storage, repository, tag) {
  return path.join(storage, 'cc-ci-stamps', `${repository.replaceAll('/', '_')}_${tag}`);
}
