import { z } from 'zod';
import type { Assertion } from './stages.ts';

/** Folder of a recipe's repository in which its own specs lie, `*.spec.ts` with what they import. */
export const REPOSITORY_SPECS = 'tests/cc-ci';
/** The recipes whose own specs may run, one a line; in the recipes folder, reviewed like everything in it. */
export const APPROVED_LIST = 'repo-local-approved.txt';
/** Node and Playwright Test of the version that cc-ci itself uses; made from setup/images/spec-runner. */
export const SPEC_RUNNER_IMAGE = 'coopcloud/spec-runner:1.65.1';

const SHOWN = 20;

/** What `prepare` found of the specs that the head's own repository brings. */
export const repositorySpecsSchema = z.object({
  /** Paths in the repository; the first of them when there are many. */
  files: z.array(z.string()).min(1),
  approved: z.boolean(),
});
export type FoundRepositorySpecs = z.infer<typeof repositorySpecsSchema>;

export function foundRepositorySpecs(files: readonly string[], approved: boolean): FoundRepositorySpecs {
  return { files: files.slice(0, SHOWN).map((file) => file.slice(0, 200)), approved };
}

/** Names of the recipes in the allow-list; `#` begins a comment. */
export function parseApproved(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** Says in the results that specs of the repository were not run, and why. */
export function notApproved(recipe: string, { files }: FoundRepositorySpecs): Assertion {
  return {
    name: 'the specs of the repository itself are not run',
    ok: true,
    detail: `${files.join(', ')}: ${recipe} is not in recipes/${APPROVED_LIST}`,
  };
}
