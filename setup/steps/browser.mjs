import fs from 'node:fs';
import { SetupError } from '../lib/errors.mjs';
import { which } from '../lib/files.mjs';

// Specs run as an account that exists nowhere: it owns no file and no other process.
const SPEC_ID = '64213';

/** @type {import('../lib/steps.mjs').Step} */
export const browser = {
  name: 'browser',
  title: 'Chromium',
  needs: ['packages'],
  async run(ctx) {
    const program = which('chromium') ?? which('chromium-browser');
    if (!program) {
      throw new SetupError('Chromium is not installed.', 'Install the package chromium with its sandbox.');
    }
    const id = ctx.env.CCI_SPEC_UID || SPEC_ID;
    const accounts = fs.readFileSync('/etc/passwd', 'utf8').split('\n');
    if (id === SPEC_ID && accounts.some((line) => line.split(':')[2] === id)) {
      throw new SetupError(`The user id ${id} belongs to somebody.`, 'Set CCI_SPEC_UID and CCI_SPEC_GID.');
    }
    Object.assign(ctx.facts, {
      CCI_BROWSER: program,
      CCI_SPEC_UID: id,
      CCI_SPEC_GID: ctx.env.CCI_SPEC_GID || id,
    });
    return 'present';
  },
};
