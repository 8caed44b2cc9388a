import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRecipe, createRecipeContext } from '../../../activities/support/recipe-context.ts';
import { CodedError } from '../../../domain/errors.ts';
import { bodyText } from '../../../domain/http.ts';
import { makeCertificates, startHttpsServer, type TestServer } from '../../fixtures/https-server.ts';
import { fakeTools } from './fake-tools.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startHttpsServer(await makeCertificates(), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const status = url === '/broken' ? 500 : 200;
      const body = Buffer.concat(chunks).toString();
      response.writeHead(status).end(`${method} ${url} ${String(headers['x-token'])} ${body}`);
    });
  });
});
afterAll(() => server[Symbol.asyncDispose]());

function context() {
  const { tools, logged } = fakeTools({
    exec: (service, argv, input) => ({
      exitCode: 7,
      stdout: `${service} ${argv.join(' ')} ${input}`,
      stderr: '',
    }),
  });
  const platform = {
    ...tools.platform,
    secretValue: async (_operation: unknown, _app: unknown, name: string) => `value of ${name}`,
  };
  const made = createRecipeContext({ platform, ingress: server.ingress }, tools.operation, tools.app, {
    marker: 'ci-1',
    seed: 'seed of the run',
  });
  return { context: made, logged };
}

describe('the context of recipe functions', () => {
  it('speaks to the app over its public hostname with method, headers and body', async () => {
    const { http, domain } = context().context;
    const answer = await http('/posts?draft=1', {
      method: 'POST',
      headers: { 'x-token': 't' },
      body: 'text',
    });
    expect(bodyText(answer)).toBe('POST /posts?draft=1 t text');
    expect(answer.url).toBe(`https://${domain}/posts?draft=1`);
    // A status is an answer; what it means is the function's to say.
    expect((await http('/broken')).status).toBe(500);
  });

  it('runs commands, reads secrets and logs', async () => {
    const { context: made, logged } = context();
    const result = await made.exec('app', ['cat', '-'], { input: 'in' });
    expect(result).toMatchObject({ exitCode: 7, stdout: 'app cat - in' });
    expect(await made.secret('api_key')).toBe('value of api_key');
    made.log('done');
    expect(logged).toEqual(['done']);
    expect(made.marker).toBe('ci-1');
  });
});

describe('calling a function of a recipe', () => {
  const operation = { signal: new AbortController().signal };
  const fail = (error: unknown) =>
    callRecipe(operation, 'E_RECIPE_FOLDER', 'before.upgrade', () => Promise.reject(error as Error));

  it('gives what it threw the code of its kind, with its message', async () => {
    await expect(fail(new Error('no such table'))).rejects.toMatchObject({
      code: 'E_RECIPE_FOLDER',
      message: expect.stringMatching(/: before\.upgrade: no such table$/),
    });
    await expect(fail(new CodedError('E_SECRET_MISSING', 'other'))).rejects.toMatchObject({
      code: 'E_RECIPE_FOLDER',
    });
  });

  it.each(['E_DOCKER', 'E_FENCED'] as const)('lets %s pass [H-08]', async (code) => {
    await expect(fail(new CodedError(code, 'gone'))).rejects.toMatchObject({ code });
  });

  it('ends with the operation', async () => {
    const controller = new AbortController();
    controller.abort(new Error('cancelled by a person'));
    const calling = callRecipe(controller, 'E_MARKER', 'marker.read', () => Promise.reject(new Error('cut')));
    await expect(calling).rejects.toThrow('cancelled by a person');
  });
});
