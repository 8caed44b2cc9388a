import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadClientConfig, loadDataConfig } from '../../../client/config.ts';

const COMPLETE = `
# written by setup
CCI_INSTANCE=0a1b2c3d
CCI_HOST=local
CCI_DATA=/var/lib/cc-ci
CCI_ZONE=ci.test
CCI_TEMPORAL_ADDRESS=127.0.0.1:7233
CCI_TEMPORAL_NAMESPACE=cc-ci
CCI_KEYS_FILE=/var/lib/cc-ci/keys.json
CCI_TEMPORAL_UI="http://127.0.0.1:8233"
CCI_CODEC_PORT=8234
`;

describe('the configuration of the command line', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'cci-root-'));
    mkdirSync(join(root, '.cc-ci'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('is read from host.env, with the process environment on top', () => {
    writeFileSync(join(root, '.cc-ci', 'host.env'), COMPLETE);
    const config = loadClientConfig({ CCI_TEMPORAL_ADDRESS: '127.0.0.1:9' }, root);
    expect(config).toMatchObject({ CCI_HOST: 'local', CCI_TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(config.CCI_CODEC_PORT).toBe(8234);
    expect(config.CCI_RECIPE_SOURCE).toContain('{recipe}');
  });

  it('names every variable that is missing, in one line with the remedy', () => {
    const message = failureOf(() => loadClientConfig({ CCI_TEMPORAL_ADDRESS: '127.0.0.1:9' }, root));
    for (const name of ['CCI_INSTANCE', 'CCI_KEYS_FILE', 'CCI_TEMPORAL_UI']) {
      expect(message).toContain(`${name} is not set`);
    }
    expect(message).toContain('npm run up');
    expect(message).not.toContain('\n');
  });

  it('says that the stack is down when nothing says where one is', () => {
    const message = failureOf(() => loadClientConfig({ CCI_RECIPE_SOURCE: '/{recipe}' }, root));
    expect(message).toMatch(/^the stack of this clone is not running.*npm run up/);
    expect(message).not.toContain('CCI_INSTANCE');
  });

  it('needs nothing but a valid data folder to read what runs have left [O-49]', () => {
    expect(loadDataConfig({}, root)).toEqual({ CCI_DATA: join(root, '.cc-ci', 'data') });
    writeFileSync(join(root, '.cc-ci', 'host.env'), COMPLETE);
    expect(loadDataConfig({}, root)).toEqual({ CCI_DATA: '/var/lib/cc-ci' });
    expect(failureOf(() => loadDataConfig({ CCI_DATA: 'data' }, root))).toMatch(/^CCI_DATA is not valid/);
  });

  it('says what is wrong with a value', () => {
    writeFileSync(join(root, '.cc-ci', 'host.env'), COMPLETE.replace('0a1b2c3d', 'nonsense'));
    expect(failureOf(() => loadClientConfig({}, root))).toMatch(/^CCI_INSTANCE is not valid \([^;]+\) /);
  });

  function failureOf(load: () => unknown): string {
    try {
      load();
    } catch (error) {
      const { message, remedy } = error as { message: string; remedy: string };
      return `${message} ${remedy}`;
    }
    throw new Error('it was accepted');
  }
});
