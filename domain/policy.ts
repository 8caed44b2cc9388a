import type { ComposeFileObject, ComposeNetwork, ComposeStack, ComposeVolume } from './compose.ts';
import {
  hasStackPrefix,
  PROXY_NETWORK,
  type PolicyContext,
  type StackPath,
  type Violation,
} from './policy-context.ts';
import { judgeLabels } from './policy-labels.ts';
import { judgeService } from './policy-service.ts';

export type { PolicyContext, Violation } from './policy-context.ts';

/** Bound of swarm on names of secrets, configs and services (spec R-56). */
const MAX_NAME_LENGTH = 64;
const MAX_SERVICE_NAME_LENGTH = 63;
const MAX_SERVICES = 60;
const NETWORK_OPTIONS = new Set(['encrypted', 'com.docker.network.driver.mtu']);
const PRIVATE_SUBNET =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+\/(1[2-9]|2\d|30)$|^f[cd][0-9a-f]{2}:[0-9a-f:]+\/\d+$/i;

/**
 * Judges a rendered stack before anything of it exists: a recipe may use its own objects and the shared `proxy`
 * network, and gets nothing of the host that the reviewed recipe folder does not grant. Options that are not known are
 * refused. Each finding says where it stands in the rendered stack.
 */
export function judgeStack(stack: ComposeStack, context: PolicyContext): Violation[] {
  const names = Object.keys(stack.services);
  const external = Object.entries(stack.networks).filter(([, network]) => network.external);
  const shared = new Set(external.map(([key]) => key));
  return [
    ...(names.length > MAX_SERVICES
      ? [
          {
            rule: 'services',
            path: ['services'],
            message: `${names.length} services; at most ${MAX_SERVICES}`,
          },
        ]
      : []),
    ...Object.entries(stack.services).flatMap(([name, service]) => [
      ...judgeServiceName(name, context),
      ...judgeService(name, service, context, shared),
    ]),
    ...Object.entries(stack.volumes).flatMap(([key, volume]) => judgeVolume(key, volume, context)),
    ...Object.entries(stack.networks).flatMap(([key, network]) => judgeNetwork(key, network, context)),
    ...Object.entries(stack.secrets).flatMap(([key, value]) => judgeFile('secrets', key, value, context)),
    ...Object.entries(stack.configs).flatMap(([key, value]) => judgeFile('configs', key, value, context)),
  ];
}

function judgeServiceName(name: string, context: PolicyContext): Violation[] {
  if (`${context.stackName}_${name}`.length <= MAX_SERVICE_NAME_LENGTH) return [];
  return [tooLong(['services', name], `${context.stackName}_${name}`, MAX_SERVICE_NAME_LENGTH)];
}

function tooLong(path: StackPath, name: string, most: number): Violation {
  return {
    rule: 'name-length',
    path,
    message: `${name} has ${name.length} characters; swarm allows ${most}`,
  };
}

type Kind = 'volumes' | 'networks' | 'secrets' | 'configs';

/** Name and ownership, the same for all kinds of objects. */
function judgeObject(
  kind: Kind,
  key: string,
  object: Pick<ComposeFileObject, 'name' | 'external' | 'labels'>,
  context: PolicyContext,
): Violation[] {
  const path = [kind, key];
  if (object.external) {
    const name = object.name ?? key;
    if (kind === 'networks' && isSharedNetwork(name, context)) return [];
    if (hasStackPrefix(name, context.runStacks) && !name.includes('{{')) return [];
    return [{ rule: `foreign-${kind.slice(0, -1)}`, path, message: `${name} does not belong to this run` }];
  }
  const place = object.name === undefined ? path : [...path, 'name'];
  const name = object.name ?? `${context.stackName}_${key}`;
  const found = judgeLabels(object.labels ?? {}, [...path, 'labels'], context);
  if (!hasStackPrefix(name, [context.stackName]) || name.includes('{{')) {
    const message = `${name} does not begin with ${context.stackName}_`;
    found.push({ rule: 'foreign-name', path: place, message });
  }
  return found;
}

function isSharedNetwork(name: string, context: PolicyContext): boolean {
  return name === PROXY_NETWORK || (context.grants.networks?.includes(name) ?? false);
}

function judgeVolume(key: string, volume: ComposeVolume, context: PolicyContext): Violation[] {
  const found = judgeObject('volumes', key, volume, context);
  const path = ['volumes', key];
  if (volume.driver !== undefined && volume.driver !== 'local') {
    found.push({
      rule: 'volume-driver',
      path: [...path, 'driver'],
      message: `the driver ${volume.driver} is not granted`,
    });
  }
  if (Object.keys(volume.driver_opts ?? {}).length > 0) {
    const message = 'options of a driver can mount anything of the host or the network';
    found.push({ rule: 'volume-driver', path: [...path, 'driver_opts'], message });
  }
  if (volume['spec'] !== undefined) {
    found.push({
      rule: 'volume-driver',
      path: [...path, 'spec'],
      message: 'cluster volumes are not granted',
    });
  }
  return found;
}

function judgeNetwork(key: string, network: ComposeNetwork, context: PolicyContext): Violation[] {
  const found = judgeObject('networks', key, network, context);
  if (network.external) return found;
  const path = ['networks', key];
  const refuse = (place: string, message: string) =>
    found.push({ rule: 'network-driver', path: [...path, place], message });
  if (network.driver !== undefined && network.driver !== 'overlay') {
    refuse('driver', `the driver ${network.driver} is not granted`);
  }
  if (Object.keys(network.driver_opts ?? {}).some((option) => !NETWORK_OPTIONS.has(option))) {
    refuse('driver_opts', 'options of the network driver are not granted');
  }
  const subnets = (network.ipam?.config ?? []).map(({ subnet }) => subnet ?? '');
  const driver = network.ipam?.driver ?? 'default';
  if (driver !== 'default' || subnets.some((subnet) => subnet !== '' && !PRIVATE_SUBNET.test(subnet))) {
    refuse('ipam', 'only small private subnets may be chosen');
  }
  return found;
}

function judgeFile(
  kind: 'secrets' | 'configs',
  key: string,
  object: ComposeFileObject,
  context: PolicyContext,
): Violation[] {
  const found = judgeObject(kind, key, object, context);
  const path: StackPath = [kind, key];
  const name = object.name ?? `${context.stackName}_${key}`;
  if (name.length > MAX_NAME_LENGTH) {
    found.push(tooLong(object.name === undefined ? path : [...path, 'name'], name, MAX_NAME_LENGTH));
  }
  if (object.driver !== undefined || Object.keys(object.driver_opts ?? {}).length > 0) {
    found.push({
      rule: 'file-driver',
      path: [...path, 'driver'],
      message: 'drivers of secrets are not granted',
    });
  }
  if (object.template_driver !== undefined && object.template_driver !== 'golang') {
    const message = `the template driver ${object.template_driver} is not granted`;
    found.push({ rule: 'file-driver', path: [...path, 'template_driver'], message });
  }
  return found;
}
