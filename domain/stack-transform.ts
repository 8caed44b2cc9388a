import type { ComposeFileObject, ComposeService, ComposeStack } from './compose.ts';
import { chaosVersion, coopLabel, markLabels, type ObjectMarks } from './labels.ts';
import type { Version } from './plan.ts';

/** Limits of a service that names none of its own. */
export interface ServiceLimits {
  readonly memoryBytes: number;
  /** Never above the processors of the host: Docker rejects the task then. */
  readonly cpus: number;
  readonly pids: number;
}

/** Two gibibytes hold every database and JVM of the catalogue; one processor exists on every host. */
export const DEFAULT_LIMITS: ServiceLimits = { memoryBytes: 2 * 1024 ** 3, cpus: 1, pids: 2048 };

export interface DeployableInput {
  readonly stackName: string;
  readonly recipe: string;
  readonly version: Version;
  /** The app's complete environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether service VIPs answer on the host. */
  readonly vips: boolean;
  readonly limits?: ServiceLimits;
}

/** Options that the loader has worked in already, or that swarm ignores and must not read again. */
const DROPPED_SERVICE_KEYS: readonly string[] = ['env_file', 'build', 'depends_on', 'restart'];

/**
 * The stack as cc-ci deploys it, without the marks of a deploy: abra's labels and environment, limits, log rotation,
 * and endpoints that answer on this host. Pure; the input stays as it is.
 */
export function deployableStack(stack: ComposeStack, input: DeployableInput): ComposeStack {
  const services = mapValues(stack.services, (service, name) => deployableService(service, name, input));
  const usesDefault = Object.values(services).some(
    ({ networks }) => networks === undefined || Object.keys(networks).length === 0,
  );
  return {
    ...withoutExtensions(stack),
    services,
    // Docker makes this network by itself when it is not named, and then without labels.
    networks: usesDefault ? { default: {}, ...stack.networks } : stack.networks,
    volumes: stack.volumes,
    secrets: stack.secrets,
    configs: stack.configs,
  };
}

function deployableService(service: ComposeService, name: string, input: DeployableInput): ComposeService {
  const kept = Object.fromEntries(
    Object.entries(withoutExtensions(service)).filter(([key]) => !DROPPED_SERVICE_KEYS.includes(key)),
  );
  const { labels, ...deploy } = service.deploy ?? {};
  const ports = input.vips ? service.ports : service.ports?.map((port) => ({ ...port, mode: 'host' }));
  return {
    ...kept,
    environment: exposedEnvironment(service, input.env),
    logging: rotatedLogs(service.logging),
    ...(ports ? { ports } : {}),
    deploy: {
      ...deploy,
      ...(input.vips ? {} : { endpoint_mode: 'dnsrr' }),
      ...(!input.vips && ports && ports.length > 0 ? stopFirst(deploy) : {}),
      labels: { ...labels, ...(name === 'app' ? abraLabels(input) : {}) },
      resources: {
        ...deploy.resources,
        limits: limitsOf(deploy.resources?.limits, input.limits ?? DEFAULT_LIMITS),
      },
    },
  };
}

/** A new task cannot start before the old one ends when both want the same port of the host. */
function stopFirst(deploy: NonNullable<ComposeService['deploy']>) {
  return {
    update_config: { ...deploy.update_config, order: 'stop-first' },
    rollback_config: { ...deploy.rollback_config, order: 'stop-first' },
  };
}

/** abra puts the whole app environment into every service, except where the service says something itself. */
function exposedEnvironment(service: ComposeService, env: Readonly<Record<string, string>>) {
  // A variable without a value would be looked up in the environment of whoever deploys.
  const own = Object.entries(service.environment ?? {}).filter(([, value]) => value !== null);
  return { ...env, ...Object.fromEntries(own) };
}

/** Labels that abra sets on `app`; on a chaos deploy the version of the compose file stays. */
function abraLabels({ stackName, recipe, version }: DeployableInput): Record<string, string> {
  return {
    [coopLabel(stackName, 'recipe')]: recipe,
    [coopLabel(stackName, 'chaos')]: String(version.chaos),
    ...(version.chaos
      ? { [coopLabel(stackName, 'chaos-version')]: chaosVersion(version) }
      : version.tag === undefined
        ? {}
        : { [coopLabel(stackName, 'version')]: version.tag }),
  };
}

/** Spec O-52: 10 MB times 3, unless the recipe has its own bound. */
function rotatedLogs(logging: ComposeService['logging']): NonNullable<ComposeService['logging']> {
  return {
    ...logging,
    driver: logging?.driver ?? 'json-file',
    options: { 'max-size': '10m', 'max-file': '3', ...logging?.options },
  };
}

type Resources = NonNullable<NonNullable<NonNullable<ComposeService['deploy']>['resources']>['limits']>;

function limitsOf(own: Resources | undefined, defaults: ServiceLimits): Resources {
  return {
    ...own,
    // Zero means unlimited.
    memory: isSet(own?.memory) ? own.memory : String(defaults.memoryBytes),
    cpus: isSet(own?.cpus) ? own.cpus : String(defaults.cpus),
    pids: own?.pids !== undefined && own.pids > 0 ? own.pids : defaults.pids,
  };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && Number.parseFloat(value) > 0;
}

export interface StackMarks extends ObjectMarks {
  /** Id of the deploy that first made the app; equal to `deploy` on the first one. */
  readonly origin: string;
}

/**
 * Puts the marks of a deploy on every object. Containers, volumes and networks carry the deploy that made the app:
 * their labels are part of the task, and a new value would replace every task at every deploy.
 */
export function markStack(stack: ComposeStack, marks: StackMarks): ComposeStack {
  const { origin, ...own } = marks;
  const current = markLabels(own);
  const first = markLabels({ ...own, deploy: origin });
  return {
    ...stack,
    services: mapValues(stack.services, (service) => ({
      ...service,
      labels: { ...service.labels, ...first },
      deploy: { ...service.deploy, labels: { ...service.deploy?.labels, ...current } },
    })),
    networks: mapValues(stack.networks, (network) => marked(network, first)),
    volumes: mapValues(stack.volumes, (volume) => marked(volume, first)),
    secrets: mapValues(stack.secrets, (secret) => marked(secret, current)),
    configs: mapValues(stack.configs, (config) => marked(config, current)),
  };
}

function marked<Value extends Pick<ComposeFileObject, 'external' | 'labels'>>(
  value: Value,
  labels: Record<string, string>,
): Value {
  return value.external ? value : { ...value, labels: { ...value.labels, ...labels } };
}

function withoutExtensions<Value extends object>(value: Value): Value {
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('x-'));
  return Object.assign({} as Value, Object.fromEntries(kept));
}

function mapValues<Value, Result>(
  map: Readonly<Record<string, Value>>,
  change: (value: Value, key: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
