import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

const using = (value: string) => composeOf(faultlessApp(`    environment:\n      - 'X=${value}'\n`));

describe('CCI-ENV-UNDEFINED', () => {
  it.each(['${SMTP_HOST}', '$SMTP_HOST', '${SMTP_HOST:?needed}'])(
    'fires on %s without a sample',
    async (value) => {
      expect(await lint({ compose: using(value) })).toEqual(['CCI-ENV-UNDEFINED compose.yml:11']);
    },
  );

  it('fires once for a variable, at its first use', async () => {
    expect(await lint({ compose: using('${A} ${A} ${B}') })).toEqual([
      'CCI-ENV-UNDEFINED compose.yml:11',
      'CCI-ENV-UNDEFINED compose.yml:11',
    ]);
  });

  it.each<[string, { sample?: string; files?: Record<string, string>; env?: Record<string, string> }]>([
    ['the sample sets it', { sample: 'SMTP_HOST=\n' }],
    ['the sample shows it commented out', { sample: '  #SMTP_HOST=mail\n' }],
    ['abra.sh exports it', { files: { 'abra.sh': 'export SMTP_HOST=mail\n' } }],
    ['the reviewed recipe folder sets it', { env: { SMTP_HOST: 'mail' } }],
  ])('does not fire when %s', async (_title, known) => {
    expect(await lint({ compose: using('${SMTP_HOST}'), ...known })).toEqual([]);
  });

  it.each([
    '${SMTP_HOST:-}',
    '${SMTP_HOST-mail}',
    '${SMTP_HOST:+x}',
    '$$SMTP_HOST',
    '${DOMAIN} ${STACK_NAME}',
  ])('does not fire on %s', async (value) => {
    expect(await lint({ compose: using(value) })).toEqual([]);
  });

  it('does not read comments', async () => {
    const compose = composeOf(faultlessApp('    # ${SMTP_HOST}\n'));
    expect(await lint({ compose })).toEqual([]);
  });
});

describe('CCI-SECRET-VERSION', () => {
  const compose = composeOf(
    faultlessApp('    secrets: [token]\n'),
    'secrets:\n  token:\n    external: true\n    name: ${STACK_NAME}_token_${SECRET_TOKEN_VERSION}\n',
  );

  it.each(['', '#SECRET_TOKEN_VERSION=v1\n'])('fires when the sample says %j', async (sample) => {
    expect(await lint({ compose, sample })).toEqual(['CCI-SECRET-VERSION compose.yml:14']);
  });

  it('does not fire when the sample sets the version, or there is a default', async () => {
    expect(await lint({ compose, sample: 'SECRET_TOKEN_VERSION=v1\n' })).toEqual([]);
    expect(await lint({ compose: compose.replace('_VERSION}', '_VERSION:-v1}') })).toEqual([]);
  });
});

describe('CCI-TIMEOUT-SAMPLE', () => {
  const label = (value: string) =>
    composeOf(faultlessApp(`        - 'coop-cloud.\${STACK_NAME}.timeout=${value}'\n`));

  it('fires on a label whose variable is not in the sample', async () => {
    expect(await lint({ compose: label('${TIMEOUT:-300}') })).toEqual(['CCI-TIMEOUT-SAMPLE compose.yml:10']);
  });

  it('does not fire on a number, or when the sample has it', async () => {
    expect(await lint({ compose: label('300') })).toEqual([]);
    expect(await lint({ compose: label('${TIMEOUT:-300}'), sample: 'TIMEOUT=300\n' })).toEqual([]);
    expect(await lint({ compose: label('${TIMEOUT:-300}'), sample: '#TIMEOUT=300\n' })).toEqual([]);
  });
});

describe('CCI-ENV-PLACEHOLDER', () => {
  const compose = composeOf(faultlessApp());

  it.each(['GITEA_DOMAIN=git.example.com', 'URL="https://www.example.org/x"'])(
    'fires on %s [F-62]',
    async (line) => {
      expect(await lint({ compose, sample: `${line}\n` })).toEqual(['CCI-ENV-PLACEHOLDER .env.sample:4']);
    },
  );

  it.each([
    ["the recipe's own host", 'URL=https://hostile.example.com\n'],
    ['a host below it', 'SANDBOX_DOMAIN=sandbox.hostile.example.com\n'],
    ['an address of mail', 'MAIL_FROM=noreply@mail.example.com\n'],
    ['a comment', '#GITEA_DOMAIN=git.example.com\n'],
    ['a variable', 'GITEA_DOMAIN=$DOMAIN\n'],
  ])('does not fire on %s [F-62]', async (_title, sample) => {
    expect(await lint({ compose, sample })).toEqual([]);
  });

  it('does not fire when the reviewed recipe folder sets the variable [F-62]', async () => {
    const sample = 'GITEA_DOMAIN=git.example.com\n';
    expect(await lint({ compose, sample, env: { GITEA_DOMAIN: '{domain}' } })).toEqual([]);
  });
});
