import Docker from 'dockerode';
import { z } from 'zod';
import { CodedError } from '../../../domain/errors.ts';
import {
  configContentShape,
  containerHealthShape,
  containerShape,
  distributionShape,
  fileObjectShape,
  imageShape,
  infoShape,
  networkShape,
  serviceShape,
  taskShape,
  volumeListShape,
  type Container,
  type Image,
  type Service,
  type Task,
} from './shapes.ts';

type Filters = Readonly<Record<string, readonly string[]>>;

/** Label that `docker stack deploy` puts on everything it makes. */
export const STACK_LABEL = 'com.docker.stack.namespace';
export const SERVICE_NAME_LABEL = 'com.docker.swarm.service.name';

/** A Docker object by what identifies it and whose it is. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Looks at a Docker daemon and changes nothing. Rejects with `E_DOCKER` when the daemon does not answer as expected. */
export interface DockerReader {
  readonly services: (filters?: Filters) => Promise<readonly Service[]>;
  readonly tasks: (filters: Filters) => Promise<readonly Task[]>;
  /** All containers, those that run no more included. */
  readonly containers: (filters?: Filters) => Promise<readonly Container[]>;
  /** Health of a container, undefined when it has no check or is gone. */
  readonly health: (containerId: string) => Promise<string | undefined>;
  readonly volumes: () => Promise<readonly Listed[]>;
  readonly secrets: () => Promise<readonly Listed[]>;
  readonly configs: () => Promise<readonly Listed[]>;
  /** Content of a config by its id; undefined when it is gone. */
  readonly configContent: (id: string) => Promise<Uint8Array | undefined>;
  readonly networks: () => Promise<readonly Listed[]>;
  /** Where the daemon keeps images, containers and volumes, as it sees it. */
  readonly dataFolder: () => Promise<string>;
  /** Memory of the daemon's machine, in bytes. */
  readonly totalMemory: () => Promise<number>;
  readonly image: (name: string) => Promise<Image | undefined>;
  /** Digest that the registry has for a reference now; undefined when it does not say. */
  readonly registryDigest: (name: string) => Promise<string | undefined>;
  /** Calls `onEvent` for whatever happens to containers and services, until aborted. Ends quietly with the daemon. */
  readonly watch: (onEvent: () => void, signal: AbortSignal) => Promise<void>;
}

/** `dockerHost` as in DOCKER_HOST, a socket: `unix:///run/docker.sock`. */
export function createDockerReader(dockerHost: string): DockerReader {
  const docker = new Docker({ socketPath: dockerHost.replace(/^unix:\/\//, ''), timeout: 30_000 });
  const events = new Docker({ socketPath: dockerHost.replace(/^unix:\/\//, '') });
  const query = (filters: Filters = {}) => ({ filters: JSON.stringify(filters) });
  return {
    services: (filters) =>
      ask(z.array(serviceShape), () => docker.listServices({ ...query(filters), status: true })),
    tasks: (filters) => ask(z.array(taskShape), () => docker.listTasks(query(filters))),
    containers: (filters) =>
      ask(z.array(containerShape), () => docker.listContainers({ ...query(filters), all: true })),
    health: async (id) => {
      const found = await unlessMissing(ask(containerHealthShape, () => docker.getContainer(id).inspect()));
      return found?.State.Health?.Status;
    },
    volumes: async () => {
      const { Volumes } = await ask(volumeListShape, () => docker.listVolumes());
      return Volumes.map(({ Name, Labels }) => ({ id: Name, name: Name, labels: Labels }));
    },
    secrets: () => listFileObjects(() => docker.listSecrets()),
    configs: () => listFileObjects(() => docker.listConfigs()),
    configContent: async (id) => {
      const found = await unlessMissing(ask(configContentShape, () => docker.getConfig(id).inspect()));
      return found && Buffer.from(found.Spec.Data ?? '', 'base64');
    },
    networks: async () => {
      const found = await ask(z.array(networkShape), () => docker.listNetworks());
      return found.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels }));
    },
    dataFolder: async () => (await ask(infoShape, () => docker.info())).DockerRootDir,
    totalMemory: async () => (await ask(infoShape, () => docker.info())).MemTotal,
    image: (name) => unlessMissing(ask(imageShape, () => docker.getImage(name).inspect())),
    registryDigest: async (name) => {
      const answer = await docker
        .getImage(name)
        .distribution()
        .catch(() => undefined);
      return distributionShape.safeParse(answer).data?.Descriptor.digest;
    },
    watch: async (onEvent, signal) => {
      const filters = JSON.stringify({ type: ['container', 'service'] });
      const stream = await events.getEvents({ filters, abortSignal: signal }).catch(() => undefined);
      stream?.on('data', onEvent).on('error', () => undefined);
    },
  };
}

async function listFileObjects(list: () => Promise<unknown>): Promise<readonly Listed[]> {
  const found = await ask(z.array(fileObjectShape), list);
  return found.map(({ ID, Spec }) => ({ id: ID, name: Spec.Name, labels: Spec.Labels }));
}

const httpError = z.looseObject({ statusCode: z.number() });

async function ask<Shape extends z.ZodType>(
  shape: Shape,
  request: () => Promise<unknown>,
): Promise<z.infer<Shape>> {
  let answer: unknown;
  try {
    answer = await request();
  } catch (cause) {
    throw new CodedError('E_DOCKER', cause instanceof Error ? cause.message.trim() : String(cause), {
      cause,
    });
  }
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CodedError('E_DOCKER', `unexpected answer at ${issue?.path.join('.')}: ${issue?.message}`);
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const reason = error instanceof CodedError ? httpError.safeParse(error.cause) : undefined;
    if (reason?.data?.statusCode === 404) return undefined;
    throw error;
  }
}
