import { describe, expect, it } from 'vitest';
import { isOwnHost } from '../../../domain/policy-context.ts';
import { judgeRule } from '../../../domain/traefik-rule.ts';

const context = { domains: ['app-1a2b3c.ci.test'] };
const judge = (rule: string) => judgeRule(rule, (host) => isOwnHost(host, context));

describe('a router rule', () => {
  it.each([
    'Host(`app-1a2b3c.ci.test`)',
    'HOST("APP-1a2b3c.CI.test")',
    'Host(`app-1a2b3c.ci.test`, `www-app-1a2b3c.ci.test`)',
    'PathPrefix(`/x`) && Host(`app-1a2b3c.ci.test`)',
    'Host(`app-1a2b3c.ci.test`) && !PathPrefix(`/x`)',
    '(Host(`app-1a2b3c.ci.test`) || HostSNI(`a.app-1a2b3c.ci.test`)) && Method(`GET`, `PUT`)',
    'Host(`other.test`) && Host(`app-1a2b3c.ci.test`)',
  ])('%s matches only own hosts', (rule) => {
    expect(judge(rule)).toBeUndefined();
  });

  it.each([
    ['Host(`other.ci.test`)', 'foreign-host'],
    ['Host(`xapp-1a2b3c.ci.test`)', 'foreign-host'],
    ['Host(`app-1a2b3c.ci.test.evil.org`)', 'foreign-host'],
    ['Host(`app-1a2b3c.ci.test`, `other.test`)', 'foreign-host'],
    ['Host(`app-1a2b3c.ci.test`) || Host(`other.test`)', 'foreign-host'],
    ['Host(`app-1a2b3c.ci.test`) || PathPrefix(`/`)', 'no-host'],
    ['Host(`app-1a2b3c.ci.test`) && Path(`/a`) || Path(`/b`)', 'no-host'],
    ['HostSNI(`*`)', 'foreign-host'],
    ['HostRegexp(`.*`)', 'host-pattern'],
    ['HostSNIRegexp(`.*`)', 'host-pattern'],
    ['!Host(`app-1a2b3c.ci.test`)', 'no-host'],
    ['!!Host(`app-1a2b3c.ci.test`)', 'no-host'],
    ['PathPrefix(`/`)', 'no-host'],
    ['Header(`Host`, `app-1a2b3c.ci.test`)', 'no-host'],
    ['', 'syntax'],
    ['Host()', 'syntax'],
    ['Host', 'syntax'],
    ['Host(`app-1a2b3c.ci.test`', 'syntax'],
    ['Host(`app-1a2b3c.ci.test`))', 'syntax'],
    ['Host(`app-1a2b3c.ci.test`) Path(`/`)', 'syntax'],
    ['Host(`app-1a2b3c.ci.test`) &', 'syntax'],
    ['Host("app-1a2b3c.ci.test\\x2eevil.org")', 'syntax'],
    ['Host(`app-1a2b3c.ci.test`) // || Path(`/`)', 'syntax'],
    ['Host:app-1a2b3c.ci.test', 'syntax'],
    ['('.repeat(5000), 'syntax'],
    [`${'!'.repeat(40)}Host(\`app-1a2b3c.ci.test\`)`, 'syntax'],
  ])('%s is refused as %s', (rule, fault) => {
    expect(judge(rule)).toBe(fault);
  });
});
