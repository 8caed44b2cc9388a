import Docker from 'dockerode';
import { z } from 'zod';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, isAtLeast, ok, warn, type Check, type CheckContext } from './check.ts';
import { OLDEST_DOCKER } from './versions.ts';

const LIMIT_MS = 10_000;
/** Recipes of Co-op Cloud name it as an external network of their routers. */
export const PROXY = 'proxy';

const versionShape = z.looseObject({ Version: z.string(), ApiVersion: z.string() });
const infoShape = z.looseObject({
  DockerRootDir: z.string(),
  Swarm: z.looseObject({
    LocalNodeState: z.string(),
    ControlAvailable: z.boolean().default(false),
    Nodes: z.number().default(0),
  }),
});
const networksShape = z.array(
  z.looseObject({
    Name: z.string(),
    Driver: z.string(),
    Scope: z.string(),
    Attachable: z.boolean(),
    Internal: z.boolean(),
  }),
);

function daemonOf(context: CheckContext): Docker {
  const { CCI_DOCKER_HOST } = configured(context, workerConfigSchema.pick({ CCI_DOCKER_HOST: true }));
  return new Docker({ socketPath: CCI_DOCKER_HOST.replace(/^unix:\/\//, ''), timeout: LIMIT_MS });
}

/** Folder of the daemon's images, containers and volumes, as the daemon sees it. */
export async function daemonFolder(context: CheckContext): Promise<string> {
  return infoShape.parse(await daemonOf(context).info()).DockerRootDir;
}

export const dockerDaemon: Check = {
  name: 'docker-daemon',
  limitMs: LIMIT_MS,
  remedy:
    'Start the daemon (`npm run up` starts that of this clone), and check CCI_DOCKER_HOST and who may use the socket',
  look: async (context) => {
    const { Version, ApiVersion } = versionShape.parse(await daemonOf(context).version());
    if (!isAtLeast(Version, OLDEST_DOCKER)) {
      return fail(`${Version} is older than ${OLDEST_DOCKER}`, `Install Docker ${OLDEST_DOCKER} or newer`);
    }
    return ok(`${Version}, API ${ApiVersion}`);
  },
};

export const swarm: Check = {
  name: 'swarm',
  limitMs: LIMIT_MS,
  remedy: 'Check the Docker daemon',
  look: async (context) => {
    const { LocalNodeState, ControlAvailable, Nodes } = infoShape.parse(await daemonOf(context).info()).Swarm;
    if (LocalNodeState !== 'active') {
      return fail(`the node is "${LocalNodeState}" in a swarm`, 'Run `docker swarm init`, or `npm run up`');
    }
    if (!ControlAvailable) {
      return fail(
        'the node is a worker of its swarm',
        'Run cc-ci on a manager, or `docker node promote` this node',
      );
    }
    // Volumes, hooks and evidence are taken from this daemon: a task elsewhere would be out of reach.
    if (Nodes > 1) return warn(`a manager among ${Nodes} nodes`, 'Give cc-ci a swarm of one node');
    return ok('active, manager, one node');
  },
};

export const proxyNetwork: Check = {
  name: 'proxy-network',
  limitMs: LIMIT_MS,
  remedy: 'Check the Docker daemon',
  look: async (context) => {
    const answer = await daemonOf(context).listNetworks({ filters: JSON.stringify({ name: [PROXY] }) });
    // The daemon's filter takes parts of names.
    const network = networksShape.parse(answer).find(({ Name }) => Name === PROXY);
    const make = `Run \`docker network create --driver overlay --attachable ${PROXY}\``;
    if (!network) return fail(`there is no network "${PROXY}"`, make);
    const faults = [
      ...(network.Driver === 'overlay' && network.Scope === 'swarm'
        ? []
        : [`it is ${network.Driver}, not overlay`]),
      ...(network.Attachable ? [] : ['it is not attachable']),
      ...(network.Internal ? ['it is internal, so that apps reach nothing outside'] : []),
    ];
    if (faults.length === 0) return ok(`overlay, attachable, external name "${PROXY}"`);
    return fail(`network "${PROXY}": ${faults.join('; ')}`, `Remove it when nothing uses it. ${make}`);
  },
};
