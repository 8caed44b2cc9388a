import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

const CHECKED = "healthcheck: { test: ['CMD', 'true'] }";
const UPDATED = 'deploy: { update_config: { failure_action: rollback } }';

describe('a faultless recipe', () => {
  it('is found faultless, so that the near misses below mean something', async () => {
    expect(await lint({ compose: composeOf(faultlessApp()) })).toEqual([]);
  });
});

describe('CCI-APP-HEALTH and R002', () => {
  const without = (name: string, check = '') => `  ${name}:\n    image: redis:7.4\n    ${UPDATED}\n${check}`;

  it('fire on services without a health check, as an error only for app', async () => {
    const compose = composeOf(without('app') + without('cache'));
    expect(await lint({ compose })).toEqual(['CCI-APP-HEALTH compose.yml:3', 'R002 compose.yml:6']);
  });

  it.each(['{ disable: true }', "{ test: ['NONE'] }"])(
    'take a check that is switched off as none: %s',
    async (check) => {
      const compose = composeOf(without('app', `    healthcheck: ${check}\n`));
      expect(await lint({ compose })).toEqual(['CCI-APP-HEALTH compose.yml:3']);
    },
  );

  it.each(['replicas: 0', 'mode: replicated-job'])('leave alone a service with %s', async (lasting) => {
    const job = `  migrate:\n    image: redis:7.4\n    deploy: { ${lasting} }\n`;
    expect(await lint({ compose: composeOf(faultlessApp() + job) })).toEqual([]);
  });
});

describe('CCI-UPDATE-ACTION', () => {
  const cache = (deploy: string) => `  cache:\n    image: redis:7.4\n    ${CHECKED}\n${deploy}`;

  it.each([
    ['is absent', '', 10],
    ['is pause', '    deploy:\n      update_config:\n        failure_action: pause\n', 15],
  ])('fires when the action %s', async (_title, deploy, line) => {
    const compose = composeOf(faultlessApp() + cache(deploy));
    expect(await lint({ compose })).toEqual([`CCI-UPDATE-ACTION compose.yml:${line}`]);
  });

  it.each(['rollback', 'continue'])('does not fire on %s', async (action) => {
    const deploy = `    deploy: { update_config: { failure_action: ${action} } }\n`;
    expect(await lint({ compose: composeOf(faultlessApp() + cache(deploy)) })).toEqual([]);
  });
});

describe('CCI-DEPENDS-ON', () => {
  const worker = (needed: string) =>
    `  worker:\n    image: redis:7.4\n    ${CHECKED}\n    ${UPDATED}\n    depends_on:\n      - app\n      - ${needed}\n`;

  it('fires on a service that does not exist [F-57]', async () => {
    const compose = composeOf(faultlessApp() + worker('discourse'));
    expect(await lint({ compose })).toEqual(['CCI-DEPENDS-ON compose.yml:16']);
  });

  it('does not fire on one that an overlay brings [F-57]', async () => {
    const overlay = composeOf(`  cache:\n    image: redis:7.4\n    ${CHECKED}\n    ${UPDATED}\n`);
    const sample = 'COMPOSE_FILE=compose.yml:compose.cache.yml\n';
    const files = { 'compose.cache.yml': overlay };
    expect(await lint({ compose: composeOf(faultlessApp() + worker('cache')), sample, files })).toEqual([]);
  });
});

describe('CCI-IMAGE-TAG', () => {
  const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const withImage = (image: string) => composeOf(faultlessApp().replace('nginx:1.28.0', image));

  it.each(['nginx', 'nginx:latest', 'registry.example.org:5000/nginx'])('fires on %s', async (image) => {
    expect(await lint({ compose: withImage(image) })).toEqual(['CCI-IMAGE-TAG compose.yml:4']);
  });

  it.each([
    `nginx@${DIGEST}`,
    `nginx:latest@${DIGEST}`,
    'registry.example.org:5000/nginx:1.28',
    'nginx:latest-1.28',
  ])('does not fire on %s', async (image) => {
    expect(await lint({ compose: withImage(image) })).toEqual([]);
  });
});

describe('CCI-UNKNOWN-SERVICE', () => {
  const label = (value: string) => ({ compose: composeOf(faultlessApp(`        - '${value}'\n`)) });
  const forward = 'traefik.http.middlewares.x.forwardauth.address=';
  const hook = 'backupbot.restore.post-hook=';

  it.each([
    `${forward}http://\${STACK_NAME}_web:9000/`,
    `${hook}psql -h db -f dump`,
    `${hook}psql postgres://u:p@db/x`,
  ])('fires on %s [F-37]', async (value) => {
    expect(await lint(label(value), 'CCI-UNKNOWN-SERVICE')).toEqual(['compose.yml:10']);
  });

  it.each([
    `${forward}http://\${STACK_NAME}_app:9000/`,
    `${forward}http://authentik:9000/`,
    'traefik.http.routers.x.middlewares=auth@file',
    `${hook}psql -h app -f dump`,
    `${hook}psql -h localhost -f dump`,
    `${hook}df -h data`,
    `${hook}psql postgres://db:db@app/db`,
  ])('does not fire on %s [F-37]', async (value) => {
    expect(await lint(label(value), 'CCI-UNKNOWN-SERVICE')).toEqual([]);
  });

  it('knows the aliases of services [F-37]', async () => {
    const networks = '    networks: { internal: { aliases: [db] } }\n';
    const compose = composeOf(
      faultlessApp(`        - '${hook}psql -h db -f x'\n${networks}`),
      'networks:\n  internal:\n',
    );
    expect(await lint({ compose }, 'CCI-UNKNOWN-SERVICE')).toEqual([]);
  });
});
