import {
  hasStackPrefix,
  isOwnHost,
  type PolicyContext,
  type StackPath,
  type Violation,
} from './policy-context.ts';
import { judgeRule, type RuleFault } from './traefik-rule.ts';

const RULE_MESSAGES: Record<RuleFault, string> = {
  syntax: 'the rule cannot be understood, so it may match any host',
  'foreign-host': "the rule names a host outside the run's domains",
  'host-pattern': 'a pattern may match hosts of other apps; name the hosts',
  'no-host': 'the rule matches requests for any host',
};

const RULE_IDS: Record<RuleFault, string> = {
  syntax: 'traefik-rule',
  'foreign-host': 'traefik-host',
  'host-pattern': 'traefik-host-pattern',
  'no-host': 'traefik-no-host',
};

/**
 * Judges the labels by which Traefik configures itself: a service may route its own hosts to itself and nothing else.
 * Traefik reads label names without regard to case.
 */
export function judgeTraefikLabels(
  labels: Readonly<Record<string, string>>,
  path: StackPath,
  context: PolicyContext,
): Violation[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    // Upper case first: it folds look-alikes such as the long s, which Traefik folds as well.
    const name = key.trim().toUpperCase().toLowerCase();
    if (!name.startsWith('traefik.')) return [];
    const found = isAscii(key)
      ? judgeLabel(name, value, context)
      : { rule: 'traefik-name', message: 'only ASCII in the names of labels for Traefik' };
    return found ? [{ ...found, path: [...path, key] }] : [];
  });
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

type Finding = Pick<Violation, 'rule' | 'message'>;

function judgeLabel(label: string, value: string, context: PolicyContext): Finding | undefined {
  if (label.startsWith('traefik.tls.')) {
    return { rule: 'traefik-global', message: 'TLS stores belong to the ingress, not to an app' };
  }
  const [, protocol, section, rest] =
    /^traefik\.(http|tcp|udp)\.(routers|services|middlewares|serverstransports)\.(.+)$/.exec(label) ?? [];
  if (protocol === undefined || section === undefined || rest === undefined) return undefined;
  const dot = rest.indexOf('.');
  const name = dot < 0 ? rest : rest.slice(0, dot);
  const option = dot < 0 ? '' : rest.slice(dot + 1);
  if (section === 'routers') return judgeRouter(protocol, name, option, value, context);
  if (section === 'services') return judgeService(name, option, context);
  if (section === 'middlewares') return judgeMiddleware(option, value, context);
  return undefined;
}

function judgeRouter(
  protocol: string,
  name: string,
  option: string,
  value: string,
  context: PolicyContext,
): Finding | undefined {
  if (protocol === 'udp') {
    return { rule: 'traefik-no-host', message: 'a UDP router takes all that arrives at its entry point' };
  }
  if (!isOwnName(name, context)) return foreignName('router', name);
  if (option === 'rule') {
    const fault = judgeRule(value, (host) => isOwnHost(host, context));
    return fault && { rule: RULE_IDS[fault], message: RULE_MESSAGES[fault] };
  }
  if (option === 'service') {
    const [service = '', provider] = value.toLowerCase().split('@');
    const own = provider === undefined || provider === 'swarm' || provider === 'docker';
    if (own ? isOwnName(service, context) : value === 'noop@internal') return undefined;
    return foreignName('service', value);
  }
  if (/^tls\.domains\[\d+\]\.(main|sans)(\[\d+\])?$/.test(option)) {
    const hosts = value.split(',').map((host) => host.trim().toLowerCase());
    if (hosts.every((host) => isOwnHost(host.replace(/^\*\./, ''), context))) return undefined;
    return { rule: 'traefik-host', message: "a certificate is asked for a host outside the run's domains" };
  }
  return undefined;
}

function judgeService(name: string, option: string, context: PolicyContext): Finding | undefined {
  if (!isOwnName(name, context)) return foreignName('service', name);
  if (/^loadbalancer\.servers?(\[\d+\])?\.(url|address|ipaddress)$/.test(option)) {
    return {
      rule: 'traefik-forward',
      message: 'traffic would be forwarded to an address outside the service',
    };
  }
  if (!option.startsWith('loadbalancer.')) {
    return { rule: 'traefik-forward', message: 'only a load balancer over the service itself is allowed' };
  }
  return undefined;
}

function judgeMiddleware(option: string, value: string, context: PolicyContext): Finding | undefined {
  if (option === 'forwardauth.address') {
    const host = /^https?:\/\/([^/:@?#\\]+)(?::\d+)?(?:[/?#]|$)/.exec(value.toLowerCase())?.[1];
    if (host !== undefined && (isOwnHost(host, context) || hasStackPrefix(host, context.runStacks))) {
      return undefined;
    }
    return { rule: 'traefik-forward', message: 'the ingress would ask an address outside the run' };
  }
  if (
    option === 'errors.service' &&
    !isOwnName(value.toLowerCase().replace(/@(swarm|docker)$/, ''), context)
  ) {
    return foreignName('service', value);
  }
  if (option.startsWith('plugin.')) {
    return { rule: 'traefik-global', message: 'plugins belong to the ingress, not to an app' };
  }
  return undefined;
}

/** Names are shared by all stacks of the ingress: the same name elsewhere would join or break the other app. */
function isOwnName(name: string, context: PolicyContext): boolean {
  const stack = context.stackName.toLowerCase();
  return name === stack || hasStackPrefix(name, [stack], '-_');
}

function foreignName(what: string, name: string): Finding {
  return { rule: 'traefik-name', message: `the ${what} ${name} does not begin with the name of the stack` };
}
