import { bodyText, isIngressNotFound, type HttpAnswer } from '../../domain/http.ts';
import type { RecipeContext, RecipeMarker, RecipeRequest } from '../../domain/recipe-context.ts';
import { ADMIN, asAdmin } from './accounts.ts';

/** Private, so that only who may see it does. */
export const MARKER_REPOSITORY = `${ADMIN}/ci-marker`;
export const MARKER_FILE = 'marker.txt';

const REPOSITORY_API = `/api/v1/repos/${MARKER_REPOSITORY}`;

function send(context: RecipeContext, path: string, request: RecipeRequest = {}): Promise<HttpAnswer> {
  const headers = { ...asAdmin(context.seed), 'content-type': 'application/json' };
  return context.http(path, { ...request, headers });
}

function expectStatus(answer: HttpAnswer, ...statuses: readonly number[]): void {
  if (statuses.includes(answer.status) && !isIngressNotFound(answer)) return;
  throw new Error(`${answer.url} answers ${answer.status}: ${bodyText(answer).slice(0, 200)}`);
}

/**
 * A file that was committed to a repository: half of it is a row of the database, half a folder of the volume, and
 * users miss it when one of the two is lost (spec R-22).
 */
export const marker: RecipeMarker = {
  write: async (context) => {
    await forget(context);
    const repository = JSON.stringify({ name: 'ci-marker', private: true, default_branch: 'main' });
    expectStatus(await send(context, '/api/v1/user/repos', { method: 'POST', body: repository }), 201);
    const content = Buffer.from(context.marker).toString('base64');
    const file = JSON.stringify({ content, message: 'Write the marker', branch: 'main' });
    const path = `${REPOSITORY_API}/contents/${MARKER_FILE}`;
    expectStatus(await send(context, path, { method: 'POST', body: file }), 201);
  },
  read: async (context) => {
    const answer = await send(context, `${REPOSITORY_API}/raw/${MARKER_FILE}`);
    expectStatus(answer, 200, 404);
    if (answer.status === 200) return bodyText(answer);
    // A repository whose folder is gone answers 404 for its files as well, and has not been forgotten.
    const repository = await send(context, REPOSITORY_API);
    expectStatus(repository, 200, 404);
    return repository.status === 404 ? undefined : `a repository without ${MARKER_FILE}`;
  },
  destroy: forget,
};

async function forget(context: RecipeContext): Promise<void> {
  expectStatus(await send(context, REPOSITORY_API, { method: 'DELETE' }), 204, 404);
}
