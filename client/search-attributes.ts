import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { RunInput } from '../domain/plan.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';

export const SEARCH_KEYS = {
  recipe: defineSearchAttributeKey(SEARCH_ATTRIBUTES.recipe, SearchAttributeType.KEYWORD),
  ref: defineSearchAttributeKey(SEARCH_ATTRIBUTES.ref, SearchAttributeType.KEYWORD),
  trigger: defineSearchAttributeKey(SEARCH_ATTRIBUTES.trigger, SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey(SEARCH_ATTRIBUTES.stage, SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey(SEARCH_ATTRIBUTES.verdict, SearchAttributeType.KEYWORD),
  host: defineSearchAttributeKey(SEARCH_ATTRIBUTES.host, SearchAttributeType.KEYWORD),
  level: defineSearchAttributeKey(SEARCH_ATTRIBUTES.level, SearchAttributeType.INT),
  pullRequest: defineSearchAttributeKey(SEARCH_ATTRIBUTES.pullRequest, SearchAttributeType.INT),
};

/** What a run is found by from its start; stage, verdict and level are added by the run itself. */
export function searchAttributesOf(input: RunInput): TypedSearchAttributes {
  const pairs = new TypedSearchAttributes([
    { key: SEARCH_KEYS.recipe, value: input.recipe },
    { key: SEARCH_KEYS.ref, value: input.ref },
    { key: SEARCH_KEYS.trigger, value: input.trigger },
    { key: SEARCH_KEYS.host, value: input.host },
  ]);
  if (input.pullRequest === undefined) return pairs;
  return pairs.updateCopy([{ key: SEARCH_KEYS.pullRequest, value: input.pullRequest }]);
}
