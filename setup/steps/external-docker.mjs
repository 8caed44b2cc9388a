import { docker, dockerText } from '../lib/docker.mjs';
import { SetupError } from '../lib/errors.mjs';
import { which } from '../lib/files.mjs';
import { withLock } from '../lib/lock.mjs';
import path from 'node:path';

const FROM_OUTSIDE = {
  CCI_INGRESS_ADDRESS: undefined,
  CCI_INGRESS_HTTP_PORT: '80',
  CCI_INGRESS_HTTPS_PORT: '443',
  CCI_CA_FILE: '/etc/ssl/certs/ca-certificates.crt',
  CCI_SERVICE_VIPS: 'true',
};

/**
 * --use-docker: looks at a running swarm and changes nothing about it. Its address, certificate
 * and so on come from the environment, because only its operator knows them.
 * @type {import('../lib/steps.mjs').Step}
 */
export const externalDocker = {
  name: 'external-docker',
  title: 'given Docker daemon',
  needs: ['instance', 'packages'],
  async run(ctx) {
    const binary = which('docker');
    if (!binary) throw new SetupError('There is no docker client.', 'Install docker-cli or docker.io.');
    Object.assign(ctx.facts, {
      CCI_DOCKER_HOST: ctx.env.DOCKER_HOST || 'unix:///var/run/docker.sock',
      CCI_DOCKER_BIN: binary,
      CCI_DOCKER_OWN: 'false',
    });
    for (const [name, preset] of Object.entries(FROM_OUTSIDE)) {
      const value = ctx.env[name] ?? preset;
      if (value !== undefined) ctx.facts[name] = value;
      else
        throw new SetupError(
          `--use-docker needs ${name}.`,
          `Set it: \`${name}=... npm run up -- --use-docker\``,
        );
    }
    // Two clones may not both find the swarm free of foreign stacks.
    await withLock(path.join(ctx.cache, 'locks', 'external-docker.lock'), () => inspect(ctx));
    return 'usable';
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
async function inspect(ctx) {
  const where = ctx.facts.CCI_DOCKER_HOST;
  const control = await dockerText(ctx, ['info', '--format', '{{.Swarm.ControlAvailable}}']);
  if (control === undefined) {
    throw new SetupError(`No Docker daemon answers at ${where}.`, 'Start it, or set DOCKER_HOST.');
  }
  if (control !== 'true') {
    throw new SetupError(
      `The daemon at ${where} is no swarm manager, and cc-ci does not change that.`,
      'Run `docker swarm init` there yourself, or leave --use-docker away for an own daemon.',
    );
  }
  const proxy = await dockerText(ctx, [
    'network',
    'inspect',
    'proxy',
    '--format',
    '{{.Driver}} {{.Attachable}}',
  ]);
  if (proxy?.split(' ')[0] !== 'overlay') {
    throw new SetupError(
      `The swarm at ${where} has no overlay network \`proxy\`.`,
      'Deploy Traefik as Co-op Cloud does (`docker network create -d overlay proxy`, recipe traefik).',
    );
  }
  const foreign = await foreignStacks(ctx);
  if (foreign.length > 0 && !ctx.allowForeignStacks) {
    throw new SetupError(
      `The swarm runs stacks that are not cc-ci's: ${foreign.join(', ')}.`,
      'Use a swarm of its own, or say --allow-foreign-stacks if you accept tests beside them.',
    );
  }
}

/**
 * Stacks that neither a run of cc-ci made nor that bring the ingress (services on network proxy
 * with a Traefik image).
 * @param {import('../lib/context.mjs').Context} ctx
 */
async function foreignStacks(ctx) {
  const { stdout } = await docker(ctx, ['service', 'ls', '--quiet']);
  const ids = stdout.split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const { stdout: text } = await docker(ctx, ['service', 'inspect', ...ids]);
  const services = /** @type {any[]} */ (JSON.parse(text));
  const names = services
    .filter((service) => !service.Spec.Labels?.['cc-ci.instance'] && !service.Spec.Labels?.['cc-ci.system'])
    .filter((service) => !/(^|\/)traefik[:@]/.test(service.Spec.TaskTemplate?.ContainerSpec?.Image ?? ''))
    .map((service) => service.Spec.Labels?.['com.docker.stack.namespace'] ?? service.Spec.Name);
  return [...new Set(names)].sort();
}
