import { sleep } from '@temporalio/workflow';

/** A workflow of the same name that does not do the same: the replay lane must see the difference. */
export async function recipeRun(): Promise<void> {
  await sleep('1 second');
}
