import fs from 'node:fs';
import path from 'node:path';
import { stopDaemon } from '../lib/daemon.mjs';
import { docker } from '../lib/docker.mjs';
import { readJson, removeStaleTemporaries, temporaryName, writeAtomic } from '../lib/files.mjs';
import { listImages } from '../lib/image-list.mjs';
import { withLock } from '../lib/lock.mjs';
import { prepare } from '../lib/prepare-image.mjs';
import { mergeStorage, readStamp, writeStamp } from '../lib/registry-store.mjs';
import { REGISTRY, startRegistry } from './registry.mjs';

const PULL_MS = 20_000;
const DAY = 86_400_000;

/** @type {import('../lib/steps.mjs').Step} */
export const images = {
  name: 'images',
  title: 'images',
  needs: ['npm', 'registry', 'dockerd', 'tls'],
  async run(ctx, report) {
    let made = 0;
    let copied = 0;
    for (const image of listImages(ctx, ctx.facts.CCI_CA_FILE)) {
      if (readStamp(ctx.paths.registry, image.repository, image.tag) === image.key) continue;
      const stored = path.join(ctx.cache, 'images', image.key);
      if (fs.existsSync(stored)) copied += 1;
      else {
        // One image at a time on this machine: the next clone finds it in the cache.
        const lock = path.join(ctx.cache, 'locks', 'images.lock');
        await withLock(
          lock,
          async () => {
            if (!fs.existsSync(stored)) await make(ctx, image, stored, report);
          },
          (holder) => report.begin(`waiting for another clone (${holder})`, 0),
        );
        made += 1;
      }
      await mergeStorage(stored, ctx.paths.registry);
      writeStamp(ctx.paths.registry, image.repository, image.tag, image.key);
    }
    if (made > 0) return `${made} made`;
    return copied > 0 ? `${copied} copied` : 'present';
  },
};

/**
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {import('../lib/image-list.mjs').Image} image
 * @param {string} stored where its registry storage goes
 * @param {import('../lib/steps.mjs').Report} report
 */
async function make(ctx, image, stored, report) {
  const reference = `${image.repository}:${image.tag}`;
  const log = path.join(ctx.paths.logs, 'images.log');
  removeStaleTemporaries(path.dirname(stored));
  if (!image.published || !(await pull(ctx, reference))) {
    report.begin(`building ${reference}`, image.expectedMs);
    const context = temporaryName(path.join(ctx.paths.tmp, image.name));
    try {
      fs.cpSync(path.join(ctx.setupDir, 'images', image.name), context, { recursive: true });
      for (const what of image.prepare) await prepare(ctx, what, context, report.begin);
      const args = Object.entries(image.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
      // The namespace's network: its resolver and, for the base image, its registry.
      const flags = ['--network', 'host', '--tag', reference, ...args, context];
      await docker(ctx, ['build', ...flags], { log, timeoutMs: 30 * 60_000 });
    } finally {
      fs.rmSync(context, { recursive: true, force: true });
    }
  }
  await exportImage(ctx, image, reference, stored);
}

/**
 * Pushes an image to a registry of its own, whose storage becomes the cache entry.
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {import('../lib/image-list.mjs').Image} image
 * @param {string} reference
 * @param {string} stored
 */
async function exportImage(ctx, image, reference, stored) {
  const temporary = temporaryName(stored);
  const path_ = image.repository.includes('/') ? image.repository : `library/${image.repository}`;
  const port = Number(REGISTRY.split(':')[1]) + 1;
  const target = `127.0.0.1:${port}/${path_}:${image.tag}`;
  try {
    await startRegistry(ctx, { name: 'registry-export', port, storage: temporary });
    await docker(ctx, ['tag', reference, target]);
    await docker(ctx, ['push', target], { timeoutMs: 10 * 60_000 });
    await docker(ctx, ['rmi', target]);
  } finally {
    await stopDaemon(ctx, 'registry-export', 3_000);
  }
  fs.renameSync(temporary, stored);
}

/**
 * Tries the image's real registry. Where none answers, that is remembered for a day, so that the
 * next image does not wait for it again.
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {string} reference
 */
async function pull(ctx, reference) {
  const note = path.join(ctx.cache, 'upstream-registry.json');
  const known = readJson(note);
  if (known && !known.answers && Date.now() - known.at < DAY) return false;
  let answers = true;
  try {
    await docker(ctx, ['pull', '--quiet', reference], { timeoutMs: known?.answers ? 10 * 60_000 : PULL_MS });
  } catch {
    answers = false;
  }
  writeAtomic(note, JSON.stringify({ answers, at: Date.now() }));
  return answers;
}
