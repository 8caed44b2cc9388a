/** Names of the search attributes of a run. They are never encrypted: nothing secret may stand in them. */
export const SEARCH_ATTRIBUTES = {
  recipe: 'CciRecipe',
  ref: 'CciRef',
  trigger: 'CciTrigger',
  stage: 'CciStage',
  verdict: 'CciVerdict',
  level: 'CciLevel',
  host: 'CciHost',
  pullRequest: 'CciPullRequest',
} as const;
