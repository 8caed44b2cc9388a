import { isErrorCode } from '../domain/errors.ts';
import type { RunSigns } from '../domain/health.ts';
import type { Results } from '../domain/results.ts';
import type { Explained } from './failures.ts';

/** What a run says about its host and its registries, from its grade before the removal and what ended it. */
export function signsOf(
  { verdict, code }: Results,
  ended: Explained | undefined,
  lifecycle: { readonly served: ReadonlySet<string> } | undefined,
): RunSigns {
  const { registry, retryAfterMs } = ended?.details ?? {};
  return {
    verdict,
    code: isErrorCode(code) ? code : undefined,
    served: [...(lifecycle?.served ?? [])],
    refused: ended && registry !== undefined ? { code: ended.code, registry, retryAfterMs } : undefined,
  };
}
