import { browser } from './browser.mjs';
import { dockerd } from './dockerd.mjs';
import { externalDocker } from './external-docker.mjs';
import { stackRender, temporalBinary } from './go-tools.mjs';
import { hostEnv } from './host-env.mjs';
import { images } from './images.mjs';
import { instance } from './instance.mjs';
import { keys } from './keys.mjs';
import { network } from './network.mjs';
import { npm } from './npm.mjs';
import { packages } from './packages.mjs';
import { preflight } from './preflight.mjs';
import { recipes } from './recipes.mjs';
import { registry } from './registry.mjs';
import { resolver } from './resolver.mjs';
import { serviceVips } from './service-vips.mjs';
import { services } from './services.mjs';
import { swarm } from './swarm.mjs';
import { temporal } from './temporal.mjs';
import { tls } from './tls.mjs';
import { traefik } from './traefik.mjs';

/**
 * All steps; each stands after the ones it needs.
 * @param {{ useDocker: boolean }} options
 * @returns {import('../lib/steps.mjs').Step[]}
 */
export function allSteps({ useDocker }) {
  const common = [
    preflight,
    instance,
    packages,
    npm,
    recipes,
    temporalBinary,
    stackRender,
    keys,
    browser,
    temporal,
  ];
  const ownDaemon = [network, tls, resolver, registry, dockerd, swarm, images, traefik, serviceVips];
  const daemon = useDocker ? [externalDocker] : ownDaemon;
  const last = useDocker
    ? { ...hostEnv, needs: ['external-docker', 'temporal', 'keys', 'browser', 'stack-render', 'recipes'] }
    : hostEnv;
  return [...common, ...daemon, last, ...services];
}
