import { describe, expect, it } from 'vitest';
import {
  chaosVersion,
  coopLabel,
  labelMap,
  markLabels,
  namesCommit,
  timeoutSeconds,
} from '../../../domain/labels.ts';

const COMMIT = '3f2a9c1d00112233445566778899aabbccddeeff';

describe('labels', () => {
  it('carry the first eight digits of a commit, and +U for a dirty tree [R-15]', () => {
    expect(chaosVersion({ commit: COMMIT })).toBe('3f2a9c1d');
    expect(chaosVersion({ commit: COMMIT, dirty: true })).toBe('3f2a9c1d+U');
  });

  it.each([
    ['3f2a9c1d', true],
    ['3f2a9c1d+U', true],
    ['3f2a9c1e', false],
    ['+U', false],
    ['', false],
    ['3f', false],
    ['3f2a9c1d+X', false],
  ])('%j names the head commit: %s [R-14]', (label, expected) => {
    expect(namesCommit(label, COMMIT)).toBe(expected);
  });

  it('are the same in list form and in map form', () => {
    expect(labelMap(['a=1', 'b', 'c=d=e'])).toEqual({ a: '1', b: '', c: 'd=e' });
    expect(labelMap({ a: 1, b: null, c: 'd=e', e: true })).toEqual({ a: '1', b: '', c: 'd=e', e: 'true' });
    expect(labelMap(null)).toEqual({});
  });

  it('give the timeout in seconds when it is a number', () => {
    const label = coopLabel('s', 'timeout');
    expect(timeoutSeconds('s', [{}, { [label]: '600' }])).toBe(600);
    expect(timeoutSeconds('s', [{ [label]: 'long' }])).toBeUndefined();
    expect(timeoutSeconds('other', [{ [label]: '600' }])).toBeUndefined();
  });

  it('of cc-ci name instance, run, environment and deploy', () => {
    expect(markLabels({ instance: 'i', run: 'r', environment: 'e', deploy: 'd' })).toEqual({
      'cc-ci.instance': 'i',
      'cc-ci.run': 'r',
      'cc-ci.environment': 'e',
      'cc-ci.deploy': 'd',
    });
  });
});
