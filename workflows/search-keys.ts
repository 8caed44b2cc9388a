import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { RunInput } from '../domain/plan.ts';
import type { Verdict } from '../domain/results.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import type { Stage } from '../domain/stages.ts';

const keyword = (name: keyof typeof SEARCH_ATTRIBUTES) =>
  defineSearchAttributeKey(SEARCH_ATTRIBUTES[name], SearchAttributeType.KEYWORD);
const number = (name: keyof typeof SEARCH_ATTRIBUTES) =>
  defineSearchAttributeKey(SEARCH_ATTRIBUTES[name], SearchAttributeType.INT);

/** What a guard has in common with its run, which got the same from its starter. */
export function identityOf(run: RunInput): SearchAttributePair[] {
  return [
    { key: keyword('recipe'), value: run.recipe },
    { key: keyword('ref'), value: run.ref },
    { key: keyword('trigger'), value: run.trigger },
    { key: keyword('host'), value: run.host },
    ...(run.pullRequest === undefined ? [] : [{ key: number('pullRequest'), value: run.pullRequest }]),
  ];
}

/** Makes a workflow of its own findable by its host. */
export function hostPair(host: string): SearchAttributePair {
  return { key: keyword('host'), value: host };
}

/** Makes the workflow findable by the stage that its run is in. */
export function putStage(stage: Stage): void {
  upsertSearchAttributes([{ key: keyword('stage'), value: stage }]);
}

/** Makes the workflow findable by what its run came to. */
export function putVerdict({ verdict, level }: { verdict: Verdict; level?: number | undefined }): void {
  upsertSearchAttributes([
    { key: keyword('verdict'), value: verdict },
    ...(level === undefined ? [] : [{ key: number('level'), value: level }]),
  ]);
}
