import { describe, expect, it } from 'vitest';
import { renderInventory } from '../../../client/cli/inventory.ts';
import { describeFailure, UserError } from '../../../client/user-error.ts';

describe('the inventory', () => {
  it('is shown by environment, and what belongs to none comes last', () => {
    const items = [
      { kind: 'volume' as const, name: 'stray' },
      { kind: 'service' as const, name: 'b_app', environmentId: 'b', runId: 'run-b' },
      { kind: 'service' as const, name: 'a_app', environmentId: 'a', runId: 'run-a' },
      { kind: 'secret' as const, name: 'b_key', environmentId: 'b', runId: 'run-b' },
    ];
    expect(renderInventory(items)).toEqual([
      'environment a of run-a',
      '  service    a_app',
      'environment b of run-b',
      '  service    b_app',
      '  secret     b_key',
      'without an environment',
      '  volume     stray',
    ]);
  });

  it('says so when there is nothing', () => {
    expect(renderInventory([])).toEqual([expect.stringMatching(/^Nothing:/)]);
  });
});

describe('a failure', () => {
  it('is one line of cause and remedy, whatever its message holds', () => {
    const error = new UserError('first\nsecond', 'do this', { exitCode: 3 });
    expect(describeFailure(error)).toEqual({ line: 'first second. do this', exitCode: 3 });
  });

  it('of an unknown kind is a fault of cc-ci, and bounded in length', () => {
    const { line, exitCode } = describeFailure(new Error('x'.repeat(5_000)));
    expect(exitCode).toBe(3);
    expect(line.length).toBeLessThanOrEqual(600);
  });
});
