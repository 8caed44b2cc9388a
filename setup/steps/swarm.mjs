import { docker, dockerText } from '../lib/docker.mjs';
import { SetupError } from '../lib/errors.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const swarm = {
  name: 'swarm',
  title: 'swarm and network proxy',
  needs: ['dockerd'],
  async run(ctx) {
    const state = await dockerText(ctx, ['info', '--format', '{{.Swarm.LocalNodeState}}']);
    let outcome = 'present';
    if (state === 'error') await docker(ctx, ['swarm', 'leave', '--force']); // killed while it was made
    if (state !== 'active' && state !== 'pending') {
      // A swarm of one node talks to itself: on loopback no container can reach its ports.
      const address = ['--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377'];
      await docker(ctx, ['swarm', 'init', ...address, '--task-history-limit', '3']);
      outcome = 'made';
    }
    if ((await dockerText(ctx, ['network', 'inspect', 'proxy', '--format', '{{.Driver}}'])) === undefined) {
      const flags = ['--driver', 'overlay', '--attachable', '--label', 'cc-ci.system=true'];
      await docker(ctx, ['network', 'create', ...flags, 'proxy']);
    }
    const control = await dockerText(ctx, ['info', '--format', '{{.Swarm.ControlAvailable}}']);
    if (control !== 'true') {
      throw new SetupError(
        'The private daemon is no swarm manager.',
        'Run `npm run clean`, then `npm run up`.',
      );
    }
    return outcome;
  },
};
