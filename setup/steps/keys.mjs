import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { SetupError } from '../lib/errors.mjs';
import { readJson, writeAtomic } from '../lib/files.mjs';

/**
 * The key that encrypts payloads. Made once: without it old histories cannot be read.
 * @type {import('../lib/steps.mjs').Step}
 */
export const keys = {
  name: 'keys',
  title: 'payload key',
  needs: ['instance'],
  async run(ctx) {
    const file = ctx.paths.keys;
    if (!fs.existsSync(file)) {
      const content = { active: 'k1', keys: { k1: randomBytes(32).toString('base64') } };
      writeAtomic(file, `${JSON.stringify(content)}\n`, 0o600);
      return 'made';
    }
    const found = readJson(file);
    if (!found?.keys?.[found.active]) {
      throw new SetupError(`${file} is no key file.`, 'Restore it, or delete it to start with a new key.');
    }
    fs.chmodSync(file, 0o600);
    return 'present';
  },
};
