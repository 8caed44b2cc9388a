import type { ComposeService } from '../compose.ts';
import type { LintInput, LintRule, Problem } from './rule.ts';

/** Swarm gives up no update of a service that has no task for long: jobs, and services scaled to nothing. */
function isLasting({ deploy }: ComposeService): boolean {
  return deploy?.replicas !== 0 && !(deploy?.mode ?? '').endsWith('-job');
}

function hasHealthCheck({ healthcheck }: ComposeService): boolean {
  if (!healthcheck || healthcheck['disable'] === true) return false;
  const test = healthcheck['test'];
  const first: unknown = Array.isArray(test) ? test[0] : test;
  return first !== undefined && first !== 'NONE';
}

/** Services that last and have no health check. */
export function withoutHealthCheck({ services }: LintInput): readonly string[] {
  return services
    .filter(([, service]) => isLasting(service) && !hasHealthCheck(service))
    .map(([name]) => name);
}

const appHealth: LintRule = {
  id: 'CCI-APP-HEALTH',
  severity: 'error',
  what: 'The service `app` has no health check, so a deploy counts as done before the app answers.',
  remedy: 'Add a healthcheck to app that asks the app itself, for example its health page.',
  check: (input) =>
    withoutHealthCheck(input)
      .filter((name) => name === 'app')
      .map((name) => ({ at: { path: ['services', name] }, message: 'app has no health check' })),
};

const updateAction: LintRule = {
  id: 'CCI-UPDATE-ACTION',
  severity: 'warning',
  what: "An update that fails is paused, which is swarm's default: it stays half done for ever.",
  remedy: 'Set deploy.update_config.failure_action to rollback.',
  check: ({ services }) =>
    services.flatMap(([name, service]): Problem[] => {
      const action = service.deploy?.update_config?.failure_action;
      if (!isLasting(service) || (action !== undefined && action !== 'pause')) return [];
      const path = ['services', name, 'deploy', 'update_config', 'failure_action'];
      return [{ at: { path }, message: `${name}: an update that fails is paused` }];
    }),
};

const dependsOn: LintRule = {
  id: 'CCI-DEPENDS-ON',
  severity: 'warning',
  what: 'depends_on names a service that does not exist. Swarm ignores it; tools that read the files stop.',
  remedy: 'Name an existing service, or remove depends_on: swarm starts all services at once.',
  check: ({ services }) => {
    const known = new Set(services.map(([name]) => name));
    return services.flatMap(([name, service]) =>
      textsOf(service['depends_on'])
        .filter((needed) => !known.has(needed))
        .map((needed) => ({
          at: { path: ['services', name, 'depends_on', needed] },
          message: `${name} depends on ${needed}, which is no service`,
        })),
    );
  },
};

const imageTag: LintRule = {
  id: 'CCI-IMAGE-TAG',
  severity: 'error',
  what: 'An image has no tag, or the tag `latest`: what is deployed changes without a change of the recipe.',
  remedy: 'Name a version as tag, or a digest.',
  check: ({ services }) =>
    services.flatMap(([name, { image }]): Problem[] => {
      if (!image || image.includes('@sha256:')) return [];
      const tag = /:([^/:]+)$/.exec(image)?.[1];
      if (tag !== undefined && tag !== 'latest') return [];
      const message = `${name}: ${image} ${tag === undefined ? 'has no tag' : 'changes under its tag'}`;
      return [{ at: { path: ['services', name, 'image'] }, message }];
    }),
};

/** Clients of databases whose `-h` names a host; `df -h` and its like do not. */
const CLIENT_HOST =
  /\b(?:psql|pg_\w+|createdb|dropdb|mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin|redis-cli|mongodump)\b[^|;&]{0,200}?\s(?:-h\s*|--host[= ]\s*)["']?([A-Za-z0-9_.-]+)/g;
const URL_HOST = /\/\/(?:[^\s/@]*@)?([A-Za-z0-9_-]+)(?=[:/"'\s]|$)/g;

const unknownService: LintRule = {
  id: 'CCI-UNKNOWN-SERVICE',
  severity: 'error',
  what: 'A label or hook talks to a service by a name that no service of the stack has.',
  remedy: 'Use the name that the service has in the compose files.',
  check: ({ services, tree }) => {
    const known = new Set(
      services.flatMap(([name, { networks }]) => [
        name,
        ...Object.values(networks ?? {}).flatMap((network) => network?.aliases ?? []),
      ]),
    );
    const prefix = `${tree.stackName}_`;
    const unknown = (host: string, isHook: boolean) => {
      const own = host.startsWith(prefix);
      // Another stack's service may be meant by a bare name in a label of the ingress, but not in a hook's client.
      if (!own && (!isHook || host === 'localhost' || /[._]|^\d+$/.test(host))) return false;
      return !known.has(host) && !known.has(own ? host.slice(prefix.length) : host);
    };
    return services.flatMap(([name, { deploy }]) =>
      Object.entries(deploy?.labels ?? {}).flatMap(([label, value]) => {
        const isHook = label.startsWith('backupbot.') && label.endsWith('-hook');
        const hosts = [...value.matchAll(URL_HOST), ...(isHook ? value.matchAll(CLIENT_HOST) : [])];
        return [...new Set(hosts.map(([, host = '']) => host))]
          .filter((host) => unknown(host, isHook))
          .map((host) => ({
            at: { path: ['services', name, 'deploy', 'labels', label] },
            message: `${name}: ${label} talks to ${host.replace(prefix, '')}, which is no service`,
          }));
      }),
    );
  },
};

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export const SERVICE_RULES: readonly LintRule[] = [
  appHealth,
  updateAction,
  dependsOn,
  imageTag,
  unknownService,
];
