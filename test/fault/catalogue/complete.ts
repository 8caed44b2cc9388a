import type { Results } from '../../../domain/results.ts';

/** That a run has had all that it needs: the cold ones deployed once each and counted, a realm at the warm ones. */
export function completeWith({
  cold,
  warm = [],
}: {
  readonly cold: readonly string[];
  readonly warm?: readonly string[];
}): (run: unknown, results: Results) => readonly string[] {
  return (_run, { dependencies = [], deployCount }) => {
    const found = dependencies.map(({ recipe, warm, ready }) => describe(recipe, warm, ready));
    const wanted = [
      ...cold.map((recipe) => describe(recipe, false, true)),
      ...warm.map((recipe) => describe(recipe, true, true)),
    ];
    const [stands, wish] = [found, wanted].map((names) => names.sort().join(', '));
    return [
      ...(stands === wish ? [] : [`dependencies: ${stands} instead of ${wish}`]),
      ...(deployCount === 1 + cold.length ? [] : [`${deployCount} deploys instead of ${1 + cold.length}`]),
    ];
  };
}

const describe = (recipe: string, warm: boolean, ready: boolean) =>
  `${ready ? 'ready' : 'unready'} ${warm ? 'warm' : 'cold'} ${recipe}`;
