import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupts } from '../../../client/cli/interrupts.ts';
import { searchAttributesOf } from '../../../client/search-attributes.ts';
import { checkRequest, parseStages, runIdOf } from '../../../client/start-run.ts';
import { describeFailure, positionOf } from '../../../client/waiting.ts';
import type { RunInput } from '../../../domain/plan.ts';
import { STAGES } from '../../../domain/stages.ts';

const INPUT: RunInput = {
  recipe: 'sample',
  source: '/srv/sample',
  head: '3f2a9c1d'.repeat(5),
  ref: 'main',
  stages: ['install', 'custom'],
  trigger: 'manual',
  host: 'local',
  zone: 'ci.test',
  instance: '0a1b2c3d',
  deadlineMs: 1_000,
  leaseWaitMs: 1_000,
};

describe('a request for a run', () => {
  it('runs every stage by default, and each one once in their order [R-03, R-10]', () => {
    expect(parseStages(undefined)).toEqual(STAGES);
    expect(parseStages(' custom,install,install')).toEqual(['install', 'custom']);
  });

  it.each([
    [{ recipe: '../etc' }, 'is not a recipe name'],
    [{ recipe: 'sample', stages: 'install,instal' }, '"instal" is not a stage'],
    [{ recipe: 'sample', stages: 'lint,upgrade' }, 'lint, upgrade cannot run by themselves'],
    [{ recipe: 'sample', stages: 'install,restore' }, 'cannot run by themselves'],
    [{ recipe: 'sample', stages: '' }, '"" is not a stage'],
    [{ recipe: 'sample', ref: '--output=x' }, 'cannot be a value of --ref'],
    [{ recipe: 'sample', base: 'a b' }, 'cannot be a value of --base'],
  ])('is refused when it is %j', (request, fault) => {
    expect(() => checkRequest(request)).toThrow(fault);
  });

  it('is the same run when it is the same, and another when anything that counts differs', () => {
    expect(runIdOf({ ...INPUT })).toBe(runIdOf(INPUT));
    expect(runIdOf({ ...INPUT, ref: 'another name of the commit' })).toBe(runIdOf(INPUT));
    const others = [
      { base: '1.0.0+1' },
      { stages: ['install' as const] },
      { source: '/srv/fork' },
      { trigger: 'sweep' as const },
      { head: 'a'.repeat(40) },
      { recipe: 'other' },
    ].map((change) => runIdOf({ ...INPUT, ...change }));
    expect(new Set([runIdOf(INPUT), ...others]).size).toBe(others.length + 1);
  });

  it('can be found by recipe, reference, trigger, host and pull request', () => {
    const pairs = searchAttributesOf({ ...INPUT, pullRequest: 7 }).getAll();
    expect(Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]))).toEqual({
      CciRecipe: 'sample',
      CciRef: 'main',
      CciTrigger: 'manual',
      CciHost: 'local',
      CciPullRequest: 7,
    });
  });
});

describe('a step that is tried again', () => {
  const NOW = Date.UTC(2026, 10, 21, 14, 0);

  it('names the code of its failure, and the time of the next attempt when that is not soon', () => {
    expect(describeFailure('E_REGISTRY_LIMIT', NOW + 300_000, NOW)).toBe(
      'E_REGISTRY_LIMIT, next try at 14:05 UTC',
    );
    expect(describeFailure('E_DOCKER', NOW + 9000, NOW)).toBe('E_DOCKER');
    expect(describeFailure('E_DOCKER', 0, NOW)).toBe('E_DOCKER');
    expect(describeFailure('ServerError', NOW + 300_000, NOW)).toBeUndefined();
    expect(describeFailure(undefined, 0, NOW)).toBeUndefined();
  });
});

describe('the place in the queue', () => {
  const pool = {
    holder: 'guard-run-a-11111111',
    waiting: ['guard-run-b-22222222', 'guard-run-a-b-33333333'],
  };

  it('is 0 for the holder, counts the waiting from 1, and does not mix up similar ids', () => {
    expect(positionOf('run-a', pool)).toBe(0);
    expect(positionOf('run-b', pool)).toBe(1);
    expect(positionOf('run-a-b', pool)).toBe(2);
    expect(positionOf('run-c', pool)).toBeUndefined();
  });
});

describe('Ctrl-C', () => {
  it('counts one press that arrives twice once, and two presses as two', () => {
    const source = new EventEmitter();
    const counted: number[] = [];
    let nowMs = 1_000;
    const stop = onInterrupts(
      (count) => counted.push(count),
      source,
      () => nowMs,
    );
    source.emit('SIGINT');
    nowMs += 20;
    source.emit('SIGINT');
    nowMs += 1_000;
    source.emit('SIGTERM');
    stop();
    source.emit('SIGINT');
    expect(counted).toEqual([1, 2]);
  });
});
