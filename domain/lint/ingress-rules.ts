import type { LintRule } from './rule.ts';

/** Entry points of the ingress that runs have: HTTP and HTTPS, as in the Traefik recipe of Co-op Cloud without its extras. */
export const OFFERED_ENTRY_POINTS: readonly string[] = ['web', 'web-secure'];

const ROUTER_LABEL = /^traefik\.(http|tcp|udp)\.routers\.([^.]+)\.entrypoints$/i;

const entryPoint: LintRule = {
  id: 'CCI-ENTRYPOINT',
  severity: 'warning',
  what: 'A router listens at an entry point that the ingress of a run does not have: nobody reaches it there, and the app looks as if it were down.',
  remedy:
    'Use web-secure; what is not HTTP has to be tested inside the network, or over a port that recipe.ts grants.',
  check: ({ services }) =>
    services.flatMap(([name, { deploy }]) =>
      Object.entries(deploy?.labels ?? {}).flatMap(([label, value]) => {
        const [, kind, router] = ROUTER_LABEL.exec(label) ?? [];
        if (kind === undefined) return [];
        const wanted = value.split(',').map((entry) => entry.trim());
        return wanted
          .filter((entry) => !OFFERED_ENTRY_POINTS.includes(entry))
          .map((entry) => ({
            at: { path: ['services', name, 'deploy', 'labels', label] },
            message: `${name}: the ${kind} router ${router ?? ''} listens at ${entry}, which the ingress does not have`,
          }));
      }),
    ),
};

export const INGRESS_RULES: readonly LintRule[] = [entryPoint];
