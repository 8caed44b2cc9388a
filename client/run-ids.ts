import { runIdSchema } from '../domain/ids.ts';
import { UserError } from './user-error.ts';

export function isRunId(text: string): boolean {
  return runIdSchema.safeParse(text).success;
}

/**
 * A word that is used in paths and queries from here on.
 * @throws UserError when it cannot be the id of a run
 */
export function checkRunId(text: string): string {
  if (isRunId(text)) return text;
  throw new UserError(`"${text.slice(0, 80)}" is not the id of a run`, '`cc-ci list` shows the ids');
}
