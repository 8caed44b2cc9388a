import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { placeOfLoaderError } from '../../../activities/platform/swarm/loader-errors.ts';
import { readTreeFile } from '../../../activities/platform/swarm/tree-files.ts';
import { markStack } from '../../../domain/stack-transform.ts';
import { serialiseStack } from '../../../domain/stack-yaml.ts';
import { createSourceMap } from '../../../domain/source-map.ts';
import { examineFixture } from '../support/examine-fixture.ts';
import { plainRunner } from '../support/renderer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url));
const MARKS = { instance: '0a1b2c3d', run: 'run-hostile', environment: 'e', deploy: 'd2', origin: 'd1' };

describe('the rendering of a recipe', () => {
  it.each([
    { vips: true, file: 'golden-app.vip.golden' },
    { vips: false, file: 'golden-app.dnsrr.golden' },
  ])('is, byte for byte, $file', async ({ vips, file }) => {
    const treeDir = `${FIXTURES}golden-app`;
    const settings = { env: {}, grants: { ports: ['64738/udp'] } };
    const { stack, refusals } = await examineFixture(treeDir, { vips, settings });
    expect(refusals).toEqual([]);
    if (!stack) throw new Error('no stack');
    const text = serialiseStack(markStack(stack, MARKS)).replaceAll(treeDir, '/checkout');
    await expect(text).toMatchFileSnapshot(`${GOLDEN}${file}`);
  });

  it('is accepted by the renderer as its own input, with the same values', async () => {
    const treeDir = `${FIXTURES}golden-app`;
    const settings = { env: {}, grants: { ports: ['64738/udp'] } };
    const { stack } = await examineFixture(treeDir, { vips: false, settings });
    if (!stack) throw new Error('no stack');
    const again = temporaryFolder();
    writeFileSync(join(again, 'compose.yml'), serialiseStack(stack).replaceAll(treeDir, again));
    writeFileSync(join(again, '.env.sample'), 'TYPE=hostile\n');
    writeFileSync(join(again, 'entrypoint.sh.tmpl'), '');
    const second = await examineFixture(again, { vips: false, settings });
    expect(second.refusals).toEqual([]);
    const { TYPE: _type, ...environment } = second.stack?.services['app']?.environment ?? {};
    expect(environment).toMatchObject({ PRICE: '5$ or $$6' });
    expect(second.stack?.services['app']).toEqual({
      ...stack.services['app'],
      environment: second.stack?.services['app']?.environment,
    });
  });

  it('sees nothing but the environment of the app', async () => {
    const treeDir = copyOf('benign/unicode');
    const compose = join(treeDir, 'compose.yml');
    const names = ['PATH', 'HOME', 'USER', 'PWD', 'DOCKER_HOST', 'DOMAIN'];
    const lines = names.map((name) => `      SEEN_${name}: "\${${name}:-nothing}"`).join('\n');
    writeFileSync(compose, `services:\n  app:\n    image: a\n    environment:\n${lines}\n`);
    const { stack } = await examineFixture(treeDir);
    expect(stack?.services['app']?.environment).toMatchObject({
      SEEN_PATH: 'nothing',
      SEEN_HOME: 'nothing',
      SEEN_USER: 'nothing',
      SEEN_DOCKER_HOST: 'nothing',
      SEEN_DOMAIN: 'host-1a2b3c.ci.test',
    });
  });

  it('is the same with the line ends of Windows', async () => {
    for (const name of readdirSync(`${FIXTURES}benign`)) {
      const treeDir = copyOf(`benign/${name}`);
      const before = await examineFixture(treeDir);
      for (const file of readdirSync(treeDir).filter((entry) => /\.yml$|^\.env\.sample$|\.sh$/.test(entry))) {
        const text = readFileSync(join(treeDir, file), 'utf8');
        writeFileSync(join(treeDir, file), text.replaceAll(/\r?\n/g, '\r\n'));
      }
      const after = await examineFixture(treeDir);
      expect(after.refusals, name).toEqual([]);
      expect({ ...after, envText: '' }, name).toEqual({ ...before, envText: '' });
    }
  });

  it('rejects with a code when the renderer itself is missing: no fault of the recipe', async () => {
    const call = examineFixture(`${FIXTURES}benign/unicode`, { renderer: '/nonexistent/renderer' });
    await expect(call).rejects.toMatchObject({ code: 'E_COMMAND' });
  });

  it('rejects with a code when the renderer is stopped, and refuses when it ends with a message', async () => {
    const runner = plainRunner();
    const stopped = examineFixture(`${FIXTURES}benign/unicode`, {
      run: (_argv, options) => runner(['/bin/sh', '-c', 'kill -9 $$'], options),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'E_COMMAND' });
    const { refusals } = await examineFixture(`${FIXTURES}benign/unicode`, {
      run: (_argv, options) =>
        runner(['/bin/sh', '-c', 'echo services.app.image: broken >&2; exit 1'], options),
    });
    expect(refusals).toEqual([
      {
        code: 'E_RENDER',
        rule: 'loader',
        file: 'compose.yml',
        line: 3,
        message: 'services.app.image: broken',
      },
    ]);
  });

  it('refuses an env file outside that only the loader has seen', async () => {
    const runner = plainRunner();
    const rendered =
      '{"services":{"app":{"image":"a","env_file":["/etc/passwd"],"environment":{"root":"x"}}}}';
    const { refusals, stack } = await examineFixture(`${FIXTURES}benign/unicode`, {
      run: (_argv, options) => runner(['/bin/echo', rendered], options),
    });
    expect(refusals).toEqual([expect.objectContaining({ code: 'E_POLICY', rule: 'path-outside' })]);
    expect(stack).toBeUndefined();
  });
});

describe('a message of the loader', () => {
  const text =
    'services:\n  app:\n    image: a\n    healthcheck:\n      interval: x\n    ports:\n      - "x:y"\n    mem_limit: 1g\n';
  const files = [{ name: 'compose.yml', text }];
  const locate = createSourceMap(files, {});

  it.each([
    ["services.app.healthcheck.interval Does not match format 'duration'", 5],
    ["services.app.healthcheck.interval: 'x' is not valid duration: time: invalid duration", 5],
    ['services.app.ports.0: invalid port', 7],
    ["services.app.healthcheck: additional property 'interval' is not allowed", 5],
    ['invalid interpolation format for services.app.image: "required variable A is missing"', 3],
    ['compose.yml: yaml: line 6: did not find expected key', 6],
    ['unsupported options: map[ports:Not here]', 6],
    ['Compose file contains unsupported options:\n\nports: Not here', 6],
    ['Configuration contains forbidden properties', 8],
    ['something else', 1],
  ])('%s is placed in line %i', (message, line) => {
    expect(placeOfLoaderError(message, files, locate)).toEqual({ file: 'compose.yml', line });
  });
});

describe('a file of a checkout', () => {
  it.each([
    ['a folder', 'conf', 'file-kind'],
    ['a home folder', '~/x', 'path-outside'],
    ['the checkout itself', '.', 'path-outside'],
    ['a way out and in again', '../benign/env-file-inside/compose.yml', undefined],
    ['an inner link', 'linked.env', undefined],
  ])('is read or refused: %s', async (_name, path, rule) => {
    const result = await readTreeFile(
      `${FIXTURES}benign/env-file-inside`,
      path.replace('../benign/env-file-inside', '../env-file-inside'),
    );
    expect('rule' in result ? result.rule : undefined).toBe(rule);
  });

  it('is not read beyond the bound of its size', async () => {
    const treeDir = copyOf('benign/unicode');
    writeFileSync(join(treeDir, 'compose.yml'), `#${'x'.repeat(300_000)}`);
    expect(statSync(join(treeDir, 'compose.yml')).size).toBeGreaterThan(256 * 1024);
    const { refusals } = await examineFixture(treeDir);
    expect(refusals).toEqual([
      expect.objectContaining({ code: 'E_RENDER', rule: 'file-size', file: 'compose.yml' }),
    ]);
  });
});

function copyOf(name: string): string {
  const folder = temporaryFolder();
  cpSync(`${FIXTURES}${name}`, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}
