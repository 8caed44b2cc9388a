import type { ComposeService } from './compose.ts';
import {
  hasStackPrefix,
  isOwnHost,
  type PolicyContext,
  type StackPath,
  type Violation,
} from './policy-context.ts';
import { judgeLabels } from './policy-labels.ts';
import { judgeMount, judgePort } from './policy-mounts.ts';

const MAX_REPLICAS = 5;
/** Longer, and a task that ignores its stop signal would hold up the teardown. */
const MAX_STOP_SECONDS = 600;

/** Options that reach beyond the container, with the id of their rule. */
const REFUSED: Readonly<Record<string, string>> = {
  privileged: 'privileged',
  devices: 'device',
  sysctls: 'sysctl',
  security_opt: 'security-opt',
  pid: 'host-namespace',
  ipc: 'host-namespace',
  network_mode: 'host-namespace',
  userns_mode: 'host-namespace',
  cgroupns_mode: 'host-namespace',
  cgroup_parent: 'cgroup-parent',
  credential_spec: 'credential-spec',
  extra_hosts: 'extra-hosts',
  isolation: 'isolation',
  mac_address: 'mac-address',
  external_links: 'external-link',
  build: 'build',
};

/** Judged below, or without any power outside the container. What Docker may add later is refused until it is judged. */
const KNOWN = new Set(
  (
    'cap_add cap_drop command configs container_name depends_on deploy dns dns_search domainname entrypoint env_file ' +
    'environment expose healthcheck hostname image init labels links logging networks oom_score_adj ports read_only ' +
    'restart secrets shm_size stdin_open stop_grace_period stop_signal tmpfs tty ulimits user volumes working_dir'
  ).split(' '),
);

/** `shared` are the keys of networks that other stacks are in as well. */
export function judgeService(
  name: string,
  service: ComposeService,
  context: PolicyContext,
  shared: ReadonlySet<string>,
): Violation[] {
  const path = ['services', name];
  return [
    ...judgeOptions(service, path),
    ...judgeCapabilities(service['cap_add'], [...path, 'cap_add'], context),
    ...(service.volumes ?? []).flatMap((mount, at) => judgeMount(mount, [...path, 'volumes', at], context)),
    ...(service.ports ?? []).flatMap((port, at) => judgePort(port, [...path, 'ports', at], context)),
    ...judgeLabels(service.labels ?? {}, [...path, 'labels'], context),
    ...judgeLabels(service.deploy?.labels ?? {}, [...path, 'deploy', 'labels'], context),
    ...judgeDeploy(service, path, context),
    ...judgeAliases(service, path, context, shared),
    ...judgeEnvironment(service, path),
    ...judgeLogging(service, path),
  ];
}

function judgeOptions(service: ComposeService, path: StackPath): Violation[] {
  return Object.entries(service).flatMap(([key, value]): Violation[] => {
    if (isEmpty(value) || key.startsWith('x-') || KNOWN.has(key)) return [];
    const rule = REFUSED[key] ?? 'unknown-option';
    return [{ rule, path: [...path, key], message: `the option ${key} is not allowed` }];
  });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function judgeCapabilities(value: unknown, path: StackPath, context: PolicyContext): Violation[] {
  const granted = new Set((context.grants.capabilities ?? []).map(plainCapability));
  return (Array.isArray(value) ? value : []).flatMap((item: unknown, at): Violation[] => {
    const capability = String(item);
    if (granted.has(plainCapability(capability))) return [];
    const message = `the capability ${capability} is not granted`;
    return [{ rule: 'capability', path: [...path, at], hints: [capability], message }];
  });
}

function plainCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

const HARMLESS_CONSTRAINT = /^\s*node\.(role|platform\.(os|arch))\s*[=!]=\s*[a-z0-9_]+\s*$/;

function judgeDeploy(service: ComposeService, path: StackPath, context: PolicyContext): Violation[] {
  const { deploy } = service;
  const found: Violation[] = [];
  const refuse = (rule: string, place: StackPath, message: string, hints: string[] = []) =>
    found.push({ rule, path: [...path, ...place], hints, message });
  const most = Math.max(MAX_REPLICAS, context.grants.replicas ?? 0);
  if ((deploy?.replicas ?? 1) > most) {
    refuse('replicas', ['deploy', 'replicas'], `${deploy?.replicas} replicas; at most ${most}`);
  }
  if (deploy?.mode !== undefined && !/^replicated(-job)?$/.test(deploy.mode)) {
    refuse('global-mode', ['deploy', 'mode'], 'a task on every node cannot be bounded');
  }
  for (const [at, constraint] of (deploy?.placement?.constraints ?? []).entries()) {
    if (HARMLESS_CONSTRAINT.test(constraint)) continue;
    refuse('placement', ['deploy', 'placement', 'constraints', at], 'an app may not choose its node', [
      constraint,
    ]);
  }
  for (const key of ['devices', 'generic_resources']) {
    if (isEmpty(deploy?.resources?.reservations?.[key])) continue;
    refuse('device', ['deploy', 'resources', 'reservations', key], 'devices of the host are not granted');
  }
  if (seconds(service.stop_grace_period) > MAX_STOP_SECONDS) {
    refuse('stop-grace', ['stop_grace_period'], `at most ${MAX_STOP_SECONDS} s, so that a teardown ends`);
  }
  const score = service['oom_score_adj'];
  if (typeof score === 'number' && score < 0) {
    refuse('oom-score', ['oom_score_adj'], 'an app may not be spared at the expense of the host');
  }
  return found;
}

/** On a shared network an alias answers for all apps. */
function judgeAliases(
  service: ComposeService,
  path: StackPath,
  context: PolicyContext,
  shared: ReadonlySet<string>,
): Violation[] {
  return Object.entries(service.networks ?? {})
    .filter(([network]) => shared.has(network))
    .flatMap(([network, options]) => (options?.aliases ?? []).map((alias, at) => ({ network, alias, at })))
    .filter(({ alias }) => !isOwnHost(alias, context) && !hasStackPrefix(alias, [context.stackName], '_-'))
    .map(({ network, alias, at }) => ({
      rule: 'network-alias',
      path: [...path, 'networks', network, 'aliases', at],
      hints: [alias],
      message: `${alias} may be the name of another app`,
    }));
}

/** Seconds of a Go duration like `1m30s`; nothing for what is none. */
function seconds(duration: string | undefined): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 0, µs: 0, ns: 0 };
  return [...(duration ?? '').matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)]
    .map(([, amount, unit]) => Number(amount) * (units[unit ?? ''] ?? 0))
    .reduce((sum, part) => sum + part, 0);
}

function judgeEnvironment(service: ComposeService, path: StackPath): Violation[] {
  return Object.keys(service.environment ?? {})
    .filter((key) => key.toUpperCase().startsWith('CCI_'))
    .map((key) => ({
      rule: 'harness-variable',
      path: [...path, 'environment', key],
      message: 'variables of cc-ci are not for apps',
    }));
}

/** Drivers that keep logs on the node, and their options without a path or an address. */
const LOG_OPTIONS = new Set(
  ['max-size', 'max-file', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag', 'mode'].concat(
    'max-buffer-size',
  ),
);

function judgeLogging(service: ComposeService, path: StackPath): Violation[] {
  const { driver, options } = service.logging ?? {};
  if (driver !== undefined && !['json-file', 'local'].includes(driver)) {
    return [
      { rule: 'log-driver', path: [...path, 'logging', 'driver'], message: `${driver} sends logs elsewhere` },
    ];
  }
  return Object.keys(options ?? {})
    .filter((key) => !LOG_OPTIONS.has(key))
    .map((key) => ({
      rule: 'log-driver',
      path: [...path, 'logging', 'options', key],
      message: `the log option ${key} is not allowed`,
    }));
}
