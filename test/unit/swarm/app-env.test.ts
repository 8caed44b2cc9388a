import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAppEnv } from '../../../activities/platform/swarm/app-env.ts';
import { parseEnvFile } from '../../../domain/env-file.ts';
import { FIXTURE_APP } from '../support/examine-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function tree(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const SAMPLE = `TYPE=hostile:0.1.0+1
DOMAIN=hostile.example.com
LETS_ENCRYPT_ENV=production
URL=https://hostile.example.com/x
STACK_NAME=other_ci_test
TIMEOUT=300 # seconds
`;

describe('the environment of an app', () => {
  it('has its further hosts one label deep, as the wildcard certificate covers them [R-57]', async () => {
    const sample = `${SAMPLE}SANDBOX_DOMAIN=sandbox.hostile.example.com
ONLY_OFFICE_DOMAIN="https://docs.only-office.hostile.example.com/x"
MAIL=admin@hostile.example.com
OTHER=nothostile.example.com.org
`;
    const { env } = await readAppEnv({
      treeDir: tree({ '.env.sample': sample }),
      app: FIXTURE_APP,
      settings: { env: { EXTRA: 'collabora-{domain}' } },
    });
    const { domain } = FIXTURE_APP;
    expect(env).toMatchObject({
      DOMAIN: domain,
      SANDBOX_DOMAIN: `sandbox-${domain}`,
      ONLY_OFFICE_DOMAIN: `https://docs-only-office-${domain}/x`,
      MAIL: `admin@${domain}`,
      EXTRA: `collabora-${domain}`,
    });
  });

  it('is what abra app new makes of the sample, with the stack name and the exports of abra.sh', async () => {
    const treeDir = tree({
      '.env.sample': SAMPLE,
      'abra.sh': 'export A_VERSION=v2\nexport DOMAIN=elsewhere.test\n',
    });
    const { env, refusals } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} } });
    expect(refusals).toEqual([]);
    expect(env).toEqual({
      TYPE: 'hostile',
      DOMAIN: 'host-1a2b3c.ci.test',
      LETS_ENCRYPT_ENV: '',
      URL: 'https://host-1a2b3c.ci.test/x',
      STACK_NAME: 'host-1a2b3c_ci_test',
      TIMEOUT: '300',
      A_VERSION: 'v2',
    });
  });

  it('asks for no certificate, whatever the sample says: that of the zone is an input of the host [R-63]', async () => {
    const treeDir = tree({ '.env.sample': SAMPLE });
    const { env, envText } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} } });
    expect(SAMPLE).toContain('LETS_ENCRYPT_ENV=production');
    expect(env['LETS_ENCRYPT_ENV']).toBe('');
    expect(envText).not.toContain('production');
  });

  it('takes the settings of the recipe folder, with the domain worked in', async () => {
    const treeDir = tree({ '.env.sample': SAMPLE });
    const settings = { env: { TIMEOUT: '900', SANDBOX: 'sandbox-{domain}' } };
    const { env, envText } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings });
    expect(env).toMatchObject({ TIMEOUT: '900', SANDBOX: 'sandbox-host-1a2b3c.ci.test' });
    expect(envText).toContain('TIMEOUT=900 # seconds\n');
  });

  it('keeps the env file of an app that moves on, and merges what is set for the new version [R-17]', async () => {
    const treeDir = tree({ '.env.sample': `${SAMPLE}NEW=1\n`, 'abra.sh': 'export A_VERSION=v3\n' });
    const settings = { env: { COMPOSE_FILE: 'compose.yml:compose.host-ports.yml' } };
    const envText = 'TYPE=hostile\nOLD=1\n';
    const result = await readAppEnv({ treeDir, app: FIXTURE_APP, settings, envText });
    expect(result.env).toMatchObject({ OLD: '1', A_VERSION: 'v3', ...settings.env });
    expect(result.env).not.toHaveProperty('NEW');
    expect(parseEnvFile(result.envText).values).toEqual({ TYPE: 'hostile', OLD: '1', ...settings.env });
  });

  it('adds the version of a secret that an existing app does not know yet [R-17]', async () => {
    const treeDir = tree({
      '.env.sample': `${SAMPLE}SECRET_OLD_VERSION=v2\nSECRET_NEW_VERSION=v1\nMORE=1\n`,
    });
    const envText = 'TYPE=hostile\nSECRET_OLD_VERSION=v1\n';
    const result = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} }, envText });
    expect(parseEnvFile(result.envText).values).toEqual({
      TYPE: 'hostile',
      SECRET_OLD_VERSION: 'v1',
      SECRET_NEW_VERSION: 'v1',
    });
  });

  it('needs a sample and no script', async () => {
    const missing = await readAppEnv({ treeDir: tree({}), app: FIXTURE_APP, settings: { env: {} } });
    expect(missing.refusals).toEqual([
      expect.objectContaining({ code: 'E_RENDER', rule: 'file-missing', file: '.env.sample', line: 1 }),
    ]);
  });

  it('does not read a script that is a link out of the checkout', async () => {
    const treeDir = tree({ '.env.sample': SAMPLE });
    symlinkSync('/etc/passwd', join(treeDir, 'abra.sh'));
    const { refusals } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} } });
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'E_POLICY', rule: 'path-outside', file: 'abra.sh' }),
    ]);
  });

  it.each([
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'PATH',
    'HOME',
    'ENV',
    'BASH_ENV',
    'DOCKER_CONFIG',
    'DOCKER_HOST',
    'GODEBUG',
    'GLIBC_TUNABLES',
    'CCI_ENV',
    'cci_keys_file',
  ])('refuses %s, which steers programs of the host', async (name) => {
    const treeDir = tree({ '.env.sample': `${SAMPLE}${name}=x\n` });
    const { refusals } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} } });
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'E_POLICY', rule: 'env-name', file: '.env.sample', line: 7 }),
    ]);
  });

  it.each(['NODE_ENV', 'DOCKER_VERSION', 'APP_PATH', 'HOME_URL', 'GOTRUE_URL', 'PATHS', 'ENVIRONMENT'])(
    'accepts %s',
    async (name) => {
      const treeDir = tree({ '.env.sample': `${SAMPLE}${name}=x\n` });
      const { env, refusals } = await readAppEnv({ treeDir, app: FIXTURE_APP, settings: { env: {} } });
      expect(refusals).toEqual([]);
      expect(env[name]).toBe('x');
    },
  );
});
