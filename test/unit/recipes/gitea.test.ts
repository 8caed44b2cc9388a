import { describe, expect, it, vi } from 'vitest';
import type { HttpAnswer } from '../../../domain/http.ts';
import type { RecipeContext, RecipeRequest } from '../../../domain/recipe-context.ts';
import type { SsoFacts } from '../../../domain/sso.ts';
import { ensureAdmin } from '../../../recipes/gitea/accounts.ts';
import { advertisedRefs, pushOfBranch, pushReport } from '../../../recipes/gitea/git-protocol.ts';
import { marker } from '../../../recipes/gitea/marker-repository.ts';
import { ensureSignInSource } from '../../../recipes/gitea/sign-in-source.ts';

const SSO: SsoFacts = {
  provider: 'keycloak',
  issuer: 'https://id.ci.test/realms/ci',
  clientId: 'gitea',
  clientSecret: 'not for arguments',
  redirectUris: ['https://gitea.ci.test/user/oauth2/keycloak/callback'],
  user: { username: 'ada', password: 'p', email: 'ada@example.org', firstName: 'Ada', lastName: 'L' },
};
const TOKEN = 'a'.repeat(40);

type Answer = Partial<Pick<HttpAnswer, 'status' | 'headers'>> & { readonly text?: string };

/** An app that answers by `METHOD path`, and whose program says what its arguments ask for. */
function app(answers: Readonly<Record<string, Answer>>, says: Readonly<Record<string, string>> = {}) {
  const requests: { readonly what: string; readonly body: string; readonly cookie: string | undefined }[] =
    [];
  const commands: string[] = [];
  const unused = () => Promise.reject(new Error('not expected'));
  const context: RecipeContext = {
    domain: 'gitea.ci.test',
    marker: 'ci-1234',
    seed: 'ci-1234',
    deps: {},
    secret: unused,
    log: vi.fn(),
    http: (path, { method = 'GET', body = '', headers = {} }: RecipeRequest = {}) => {
      const what = `${method} ${path.replace(/setup-[-0-9a-f]+$/, 'setup')}`;
      requests.push({ what, body, cookie: headers['cookie'] });
      const answer = answers[what];
      if (answer === undefined) throw new Error(`nobody expects ${what}`);
      return Promise.resolve({
        url: `https://gitea.ci.test${path}`,
        status: answer.status ?? 200,
        headers: answer.headers ?? {},
        body: new TextEncoder().encode(answer.text ?? ''),
        truncated: false,
      });
    },
    exec: (service, argv) => {
      const line = argv.join(' ');
      commands.push(`${service}: ${line}`);
      const [, said = ''] = Object.entries(says).find(([part]) => line.includes(part)) ?? [];
      const failed = said.startsWith('Command error');
      return Promise.resolve({
        exitCode: failed ? 1 : 0,
        stdout: failed ? '' : said,
        stderr: failed ? said : '',
      });
    },
  };
  return { context, requests, commands };
}

describe('the administrator of gitea', () => {
  const answers = {
    'PATCH /api/v1/admin/users/ccci': {},
    'DELETE /api/v1/users/ccci/tokens/setup': { status: 204 },
  };

  it.each([
    ['is made', "New user 'ccci' has been successfully created!"],
    ['is kept when it is there already', 'Command error: CreateUser: user already exists [name: ccci]'],
  ])('%s, and no argument of a program has the password', async (_what, created) => {
    const { context, requests, commands } = app(answers, {
      'user create': created,
      'generate-access-token': `2026/01/02 03:04:05 [I] PING DATABASE mysql\n${TOKEN}\n`,
    });
    await ensureAdmin(context);
    const [changed] = requests;
    const { password } = JSON.parse(changed?.body ?? '') as { password: string };
    expect(password).toContain('ci-1234');
    expect(commands.join('\n')).not.toContain(password);
    expect(requests.map(({ what }) => what)).toEqual(Object.keys(answers));
  });

  it('is asked for in vain when the program fails', async () => {
    const { context } = app(answers, { 'user create': 'Command error: no database' });
    await expect(ensureAdmin(context)).rejects.toThrow(
      'there is no administrator: Command error: no database',
    );
  });
});

describe('the source for signing in to gitea', () => {
  const signedIn = {
    'POST /user/login': {
      status: 303,
      headers: { 'set-cookie': 'i_like_gitea=old; Path=/, i_like_gitea=new; Path=/; HttpOnly' },
    },
  };

  it.each([
    ['is made where there is none', 'ID\tName\tType\tEnabled\n', 'new', null],
    [
      'is changed where it is there already',
      'ID\tName\tType\n1\tldap\tLDAP\n7\tkeycloak\tOAuth2\n',
      '7',
      '7',
    ],
  ])('%s, and no argument of a program has the secret', async (_what, list, page, id) => {
    const { context, requests, commands } = app(
      { ...signedIn, [`POST /-/admin/auths/${page}`]: { status: 303 } },
      { 'auth list': list },
    );
    await ensureSignInSource(context, SSO);
    const [, entered] = requests;
    const form = new URLSearchParams(entered?.body);
    expect([form.get('id'), form.get('oauth2_secret')]).toEqual([id, SSO.clientSecret]);
    expect(form.get('open_id_connect_auto_discovery_url')).toBe(
      'https://id.ci.test/realms/ci/.well-known/openid-configuration',
    );
    expect(entered?.cookie).toBe('i_like_gitea=new');
    expect(commands.join('\n')).not.toContain(SSO.clientSecret);
  });

  it('tells what gitea complains about', async () => {
    const page = '<div class="ui negative message flash-error">\n\t<p>x509: unknown authority</p>\n</div>';
    const { context } = app({ ...signedIn, 'POST /-/admin/auths/new': { text: page } });
    await expect(ensureSignInSource(context, SSO)).rejects.toThrow(
      /id\.ci\.test.*: x509: unknown authority$/,
    );
  });
});

describe('the marker of gitea', () => {
  const FILE = 'GET /api/v1/repos/ccci/ci-marker/raw/marker.txt';
  const REPOSITORY = 'GET /api/v1/repos/ccci/ci-marker';
  const missing = { status: 404, text: '{"message":"not found"}' };

  it('is what the file holds, and nothing when there is no repository [R-22]', async () => {
    expect(await marker.read(app({ [FILE]: { text: 'ci-1234' } }).context)).toBe('ci-1234');
    expect(await marker.read(app({ [FILE]: missing, [REPOSITORY]: missing }).context)).toBeUndefined();
  });

  it('is not taken for forgotten when only the folder is gone, or nobody answers [R-22]', async () => {
    const { context } = app({ [FILE]: missing, [REPOSITORY]: {} });
    expect(await marker.read(context)).toBe('a repository without marker.txt');
    for (const answer of [{ status: 503 }, { status: 401 }]) {
      await expect(marker.read(app({ [FILE]: answer }).context)).rejects.toThrow(`answers ${answer.status}`);
    }
    const ingress = { status: 404, headers: { 'content-type': 'text/plain' }, text: '404 page not found\n' };
    await expect(marker.read(app({ [FILE]: ingress }).context)).rejects.toThrow('answers 404');
  });
});

describe("git's protocol", () => {
  const ID = 'b'.repeat(40);

  it('is read as far as a fetch shows the branches', () => {
    const head = `${ID} HEAD\0multi_ack agent=git/2\n`;
    const main = `${ID} refs/heads/main\n`;
    const size = (text: string) => (text.length + 4).toString(16).padStart(4, '0');
    const body = `001e# service=git-upload-pack\n0000${size(head)}${head}${size(main)}${main}0000`;
    expect(advertisedRefs('git-upload-pack', body)).toEqual({ HEAD: ID, 'refs/heads/main': ID });
    expect(() => advertisedRefs('git-upload-pack', '<!doctype html>')).toThrow("no line of git's protocol");
    expect(() => advertisedRefs('git-receive-pack', body)).toThrow('no advertisement of git-receive-pack');
    expect(() => advertisedRefs('git-upload-pack', body.slice(0, -10))).toThrow("no line of git's protocol");
  });

  it('is written as far as a push makes a branch', () => {
    const body = Buffer.from(pushOfBranch('side', ID)).toString('latin1');
    const command = `${'0'.repeat(40)} ${ID} refs/heads/side\0report-status`;
    expect(body.startsWith(`${(command.length + 4).toString(16).padStart(4, '0')}${command}0000PACK`)).toBe(
      true,
    );
    expect(pushReport('000eunpack ok\n0017ok refs/heads/side\n0000')).toEqual([
      'unpack ok',
      'ok refs/heads/side',
    ]);
  });
});
