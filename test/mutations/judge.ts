import type { Results } from '../../domain/results.ts';
import type { Benign, Defect } from './case.ts';

/** Why a defect was not caught as it should; undefined when it was. */
export function faultOfDefect(expected: Defect, results: Results): string | undefined {
  const { verdict, class: whose, code, reason = '' } = results;
  const seen = `${verdict}, ${whose ?? 'no class'}, ${code ?? 'no code'}: ${reason}`;
  const stage =
    results.stages.find(({ status }) => status !== 'pass' && status !== 'skip')?.name ?? 'prepare';
  // Lint moves the level and not the verdict, so a defect for it alone ends in a passed run below level 5.
  if (expected.stage === 'lint') {
    return stage === 'lint' && (results.level ?? 5) < 5 ? undefined : `lint did not object; ${seen}`;
  }
  if (verdict === 'passed') return `passed with level ${results.level ?? 'none'}`;
  const later = results.stages.find(
    ({ name, status }) => name !== 'lint' && status !== 'pass' && status !== 'skip',
  );
  const where = later?.name ?? (results.baseFailure ? 'upgrade' : 'prepare');
  const places = [expected.stage].flat();
  if (!places.includes(where)) return `seen at ${where}, not at ${places.join(' or ')}; ${seen}`;
  if (whose !== expected.class) return `class ${whose ?? 'none'}, not ${expected.class}; ${seen}`;
  if (expected.code !== undefined && code !== expected.code) return `code ${code ?? 'none'}; ${seen}`;
  return expected.also?.(results);
}

/** Why a harmless change was taken for a defect; undefined when it was not. */
export function faultOfBenign({ also }: Benign, results: Results): string | undefined {
  const { verdict, level, reason = '' } = results;
  if (verdict === 'passed' && level === 5) return also?.(results);
  const broken = results.stages.find(({ status }) => status !== 'pass' && status !== 'skip');
  return `${verdict}, level ${level ?? 'none'}: ${reason || `${broken?.name}: ${broken?.reason}`}`;
}
