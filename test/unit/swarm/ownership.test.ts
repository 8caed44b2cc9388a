import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  belongsToInstance,
  strangersAmong,
} from '../../../activities/platform/swarm/ownership.ts';
import { environmentIdSchema } from '../../../domain/ids.ts';
import { environmentIdOf } from '../../../domain/labels.ts';
import type { Environment } from '../../../domain/plan.ts';

const ID = '3f2a9c1d-0b4e-4a2b-8c3d-4e5f60718293';
const STACK = 'samp-0a1b2c_ci_test';
const ENVIRONMENT: Environment = {
  id: ID,
  runId: 'run-sample',
  instance: '0a1b2c3d',
  host: 'test',
  apps: [{ role: 'app', recipe: 'sample', source: '', domain: 'samp-0a1b2c.ci.test', stack: STACK }],
};
const OURS = { 'cc-ci.instance': '0a1b2c3d', 'cc-ci.environment': ID };
const named = (name: string, labels: Record<string, string> = {}) => ({ name, labels });

describe('an object of the host', () => {
  it('belongs to the environment that its label names', () => {
    expect(belongsTo(ENVIRONMENT, named('anything', OURS))).toBe(true);
    const other = { ...OURS, 'cc-ci.environment': ID.replace('3f', '4f') };
    expect(belongsTo(ENVIRONMENT, named(`${STACK}_app`, other))).toBe(false);
  });

  it('belongs to another installation that says so, whatever else it says [R-47]', () => {
    expect(belongsTo(ENVIRONMENT, named(`${STACK}_app`, { ...OURS, 'cc-ci.instance': 'ffffffff' }))).toBe(
      false,
    );
  });

  it('belongs by its name alone only where the name contains what the run has drawn [F-76]', () => {
    expect(belongsTo(ENVIRONMENT, named(`${STACK}_data`))).toBe(true);
    const adopted: Environment = { ...ENVIRONMENT, byLabelOnly: true };
    expect(belongsTo(adopted, named(`${STACK}_data`))).toBe(false);
    expect(belongsTo(adopted, named(`${STACK}_default`, { 'com.docker.stack.namespace': STACK }))).toBe(true);
    expect(belongsTo(adopted, named('anything', OURS))).toBe(true);
  });

  it.each([
    [{}],
    [{ 'cc-ci.run': 'run-sample-1' }],
    [{ 'cc-ci.environment': 'not a uuid' }],
    [{ 'cc-ci.environment': '../../etc' }],
  ])('with the label of our installation and %j is always in one and the same environment', (more) => {
    const labels = { 'cc-ci.instance': '0a1b2c3d', ...more };
    const id = environmentIdOf(labels) ?? '';
    expect(environmentIdSchema.safeParse(id).success).toBe(true);
    expect(environmentIdOf(labels)).toBe(id);
    expect(environmentIdOf({ ...labels, 'cc-ci.run': 'run-other' })).not.toBe(id);
    expect(belongsTo({ ...ENVIRONMENT, id }, named('x', labels))).toBe(true);
    expect(belongsToInstance('0a1b2c3d', named('x', labels))).toBe(true);
  });
});

describe('a stranger', () => {
  const strangers = (...found: ReturnType<typeof named>[]) =>
    strangersAmong(found, 'ci.test').map(({ name }) => name);

  it('looks like ours by its name or its stack, and has no label of any installation [F-76]', () => {
    expect(
      strangers(
        named('cust-0a1b2c_ci_test_data'),
        named('cust-0a1b2c_ci_test'),
        named('n1', { 'com.docker.stack.namespace': 'cust-0a1b2d_ci_test' }),
        named('postgres_data'),
        named('cust-0a1b2c_example_org_data'),
        named('cust-0a1b2c_ci_testing_data'),
        named('customer-0a1b2c_ci_test_data'),
      ),
    ).toEqual(['cust-0a1b2c_ci_test_data', 'cust-0a1b2c_ci_test', 'n1']);
  });

  it('is no object of a stack that is labelled, ours or of another installation', () => {
    expect(
      strangers(
        named(`${STACK}_app`, OURS),
        named(`${STACK}_default`),
        named('othe-0a1b2c_ci_test_app', { 'cc-ci.instance': 'ffffffff' }),
        named('othe-0a1b2c_ci_test_default'),
        named('sys-0a1b2c_ci_test_x', { 'cc-ci.system': 'true' }),
      ),
    ).toEqual([]);
  });
});
