import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../domain/interpolate.ts';

describe('a text of a compose file', () => {
  it.each([
    ['${A}-$A', '1-1'],
    ['$$A ${A}', '$A 1'],
    ['${B:-d} ${B-d} ${E:-d} ${E-d}', 'd d d '],
    ['${A:-d} ${NONE}', '1 '],
    ['${A:?needed}', '1'],
    ['${A+x}${B+y}', 'x'],
    ['a $ b ${', 'a $ b ${'],
  ])('%s has its variables filled in', (text, expected) => {
    expect(interpolate(text, { A: '1', E: '' })).toBe(expected);
  });
});
