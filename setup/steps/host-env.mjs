import { formatHostEnv } from '../lib/host-env.mjs';
import { writeAtomic } from '../lib/files.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const hostEnv = {
  name: 'host-env',
  title: 'host.env',
  needs: ['traefik', 'service-vips', 'temporal', 'keys', 'browser', 'stack-render', 'recipes'],
  async run(ctx) {
    writeAtomic(ctx.paths.hostEnv, formatHostEnv(ctx.facts), 0o600);
    return 'written';
  },
};
