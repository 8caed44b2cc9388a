import type { Grants } from './recipe.ts';

export interface PolicyContext {
  /** Stack of the app that is judged. */
  readonly stackName: string;
  /** Stacks of the whole environment, this one included: their external objects are the run's own. */
  readonly runStacks: readonly string[];
  /** Domains of the whole environment; their extra hosts (`<svc>-<domain>`) and subdomains count as well. */
  readonly domains: readonly string[];
  readonly grants: Grants;
}

export type StackPath = readonly (string | number)[];

/** Something that the policy refuses. */
export interface Violation {
  readonly rule: string;
  /** Where it stands in the rendered stack. */
  readonly path: StackPath;
  /** Texts by which the entry of a list is recognised in the source, where places in the list have moved. */
  readonly hints?: readonly string[];
  readonly message: string;
}

/** The one network that all apps share with the ingress. */
export const PROXY_NETWORK = 'proxy';

export function isOwnHost(host: string, context: Pick<PolicyContext, 'domains'>): boolean {
  return context.domains.some(
    (domain) =>
      host === domain ||
      (host.endsWith(domain) && /^[a-z0-9][a-z0-9.-]*[.-]$/.test(host.slice(0, -domain.length))),
  );
}

/** Whether a name is the stack's own: the stack itself, or behind a separator. */
export function hasStackPrefix(name: string, stacks: readonly string[], separators = '_'): boolean {
  return stacks.some((stack) => name.startsWith(stack) && separators.includes(name.charAt(stack.length)));
}
