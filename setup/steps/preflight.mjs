import os from 'node:os';
import { makeFolders } from '../lib/context.mjs';
import { SetupError } from '../lib/errors.mjs';
import { which } from '../lib/files.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const preflight = {
  name: 'preflight',
  title: 'this machine',
  needs: [],
  async run(ctx) {
    const major = Number(process.versions.node.split('.')[0]);
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new SetupError(
        `cc-ci runs on Linux x64; this is ${process.platform} ${process.arch}.`,
        'Use a Linux machine or a virtual one.',
      );
    }
    if (major < 20) {
      throw new SetupError(
        `Node ${process.versions.node} is too old.`,
        'Install Node >= 20 (https://nodejs.org), then try again.',
      );
    }
    if (process.getuid?.() !== 0) {
      throw new SetupError(
        'Network namespaces and a private Docker daemon need root.',
        `Run it as root: \`sudo -E ${process.argv.slice(0, 3).join(' ')}\``,
      );
    }
    for (const tool of ['flock', 'nsenter', 'unshare', 'setpriv', 'mount', 'sh']) {
      if (which(tool)) continue;
      throw new SetupError(`The program \`${tool}\` is missing.`, 'Install the package util-linux.');
    }
    makeFolders(ctx);
    return `${os.cpus().length} cores`;
  },
};
