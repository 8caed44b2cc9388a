import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browser } from '../../../client/doctor/browser.ts';
import { diskData, judgeMemory, judgeSpace, memory } from '../../../client/doctor/capacity.ts';
import { payloadKey } from '../../../client/doctor/payload-key.ts';
import { renderer } from '../../../client/doctor/renderer.ts';
import { dockerClient, git, judgeNode, node, programs } from '../../../client/doctor/versions.ts';
import { findRenderer } from '../support/renderer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { look, program } from './look.ts';

const GIB = 1024 ** 3;

describe('versions', () => {
  it('of Node fail when it cannot run cc-ci', async () => {
    expect(await look(node, {})).toMatchObject({ status: 'ok', seen: process.versions.node });
    expect(judgeNode('22.18.0')).toMatchObject({ status: 'fail', seen: '22.18.0 is older than 24.0' });
  });

  it('of git fail when it is old or not there', async () => {
    const pathOf = (script: string) => ({ PATH: join(program(script, 'git'), '..') });
    expect(await look(git, pathOf('echo git version 2.39.5'))).toMatchObject({
      status: 'ok',
      seen: '2.39.5',
    });
    expect(await look(git, pathOf('echo git version 2.20.1'))).toMatchObject({
      status: 'fail',
      seen: '2.20.1 is older than 2.30',
      remedy: 'Install git 2.30 or newer',
    });
    expect(await look(git, { PATH: temporaryFolder() })).toMatchObject({ status: 'fail' });
  });

  it('of the docker client fail when it is old, broken or not there', async () => {
    const seen = async (path: string) => look(dockerClient, { CCI_DOCKER_BIN: path });
    expect(await seen(program('echo Docker version 28.2.2, build 1'))).toMatchObject({ status: 'ok' });
    expect(await seen(program('echo Docker version 19.03.15'))).toMatchObject({ status: 'fail' });
    expect(await seen(program('echo no such library >&2; exit 1'))).toMatchObject({
      status: 'fail',
      seen: 'no version: no such library',
    });
    expect((await seen('/nowhere/docker')).seen).toContain('/nowhere/docker cannot be started');
  });
});

describe('programs', () => {
  it('that are missing are named with their package', async () => {
    const folder = temporaryFolder();
    for (const name of ['nsenter', 'unshare', 'setpriv', 'flock'])
      symlinkSync('/bin/true', join(folder, name));
    const report = await look(programs, { PATH: folder });
    expect(report).toMatchObject({ status: 'fail', seen: 'missing on the PATH: certutil' });
    expect(report.remedy).toBe('Install libnss3-tools');
    symlinkSync('/bin/true', join(folder, 'certutil'));
    expect(await look(programs, { PATH: `/nowhere:${folder}` })).toMatchObject({ status: 'ok' });
  });
});

describe('space', () => {
  it('on a disk fails below what a run needs and warns below what large recipes need [F-78]', () => {
    expect(judgeSpace('/data', 4.9 * GIB)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^4.9 GiB/),
    });
    expect(judgeSpace('/data', 14 * GIB)).toMatchObject({ status: 'warn' });
    expect(judgeSpace('/data', 15 * GIB)).toMatchObject({ status: 'ok' });
  });

  it('is that of the file system on which the data folder will be', async () => {
    const folder = join(temporaryFolder(), 'not', 'yet');
    expect((await look(diskData, { CCI_DATA: folder })).seen).toMatch(/^[\d.]+ GiB free at .*not\/yet/);
    expect(await look(diskData, { CCI_DATA: 'relative' })).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^CCI_DATA is not valid/),
    });
  });

  it('in memory fails below what a run needs [F-78]', async () => {
    const table = (kib: number) => `MemTotal:  24684084 kB\nMemFree: 1 kB\nMemAvailable:  ${kib} kB\n`;
    expect(judgeMemory(table(900_000))).toMatchObject({ status: 'fail' });
    expect(judgeMemory(table(1_500_000))).toMatchObject({ status: 'warn' });
    expect(judgeMemory(table(4_000_000))).toMatchObject({
      status: 'ok',
      seen: '3.8 GiB of 23.5 GiB available',
    });
    expect(judgeMemory('')).toMatchObject({ status: 'fail' });
    expect((await look(memory, {})).seen).toMatch(/GiB available/);
  });
});

describe('the payload key', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  function keyFile(content: unknown, mode = 0o600): Record<string, string> {
    const path = join(temporaryFolder(), 'keys.json');
    writeFileSync(path, JSON.stringify(content), { mode });
    chmodSync(path, mode);
    return { CCI_KEYS_FILE: path };
  }

  it('is good when its file is private and the active key works', async () => {
    const report = await look(payloadKey, keyFile({ active: 'b', keys: { a: key, b: key } }));
    expect(report).toMatchObject({ status: 'ok', seen: expect.stringMatching(/^"b" of 2 in /) });
    expect(JSON.stringify(report)).not.toContain(key);
  });

  it('fails when others may read it, it is not there, or it holds no such key', async () => {
    const open = await look(payloadKey, keyFile({ active: 'a', keys: { a: key } }, 0o640));
    expect(open).toMatchObject({ status: 'fail', seen: expect.stringMatching(/is open to others/) });
    const gone = await look(payloadKey, { CCI_KEYS_FILE: '/nowhere/keys.json' });
    expect(gone).toMatchObject({ status: 'fail', seen: expect.stringMatching(/cannot be read/) });
    const other = await look(payloadKey, keyFile({ active: 'b', keys: { a: key } }));
    expect(other).toMatchObject({ status: 'fail', seen: expect.stringMatching(/active key is not among/) });
    const short = await look(payloadKey, keyFile({ active: 'a', keys: { a: 'c2hvcnQ=' } }));
    expect(short).toMatchObject({ status: 'fail', seen: expect.not.stringContaining('c2hvcnQ=') });
  });
});

describe('the renderer', () => {
  it('is good when it renders a compose file', async () => {
    expect(await look(renderer, { CCI_RENDERER: findRenderer() })).toMatchObject({ status: 'ok' });
  });

  it('fails when it renders something else or nothing', async () => {
    const other = await look(renderer, { CCI_RENDERER: program('echo "services: {app: {image: x}}"') });
    expect(other).toMatchObject({ status: 'fail', seen: expect.stringMatching(/does not render/) });
    const broken = await look(renderer, { CCI_RENDERER: program('echo bad file >&2; exit 1') });
    expect(broken).toMatchObject({ status: 'fail', seen: expect.stringMatching(/bad file$/) });
  });
});

describe('the browser', () => {
  const account = { CCI_SPEC_UID: '64213', CCI_SPEC_GID: '64213' };
  /** Below a folder that the account may enter. */
  const executable = (script: string) => {
    const path = program(script);
    chmodSync(join(path, '..'), 0o755);
    return { ...account, CCI_BROWSER: path };
  };

  it('is good when it shows a page', async () => {
    const script = '[ "$1" = --version ] && echo Chromium 156.0.1 || echo "<html><p>cc-ci doctor</p></html>"';
    expect(await look(browser, executable(script))).toMatchObject({
      status: 'ok',
      seen: expect.stringMatching(/^156\.0\.1, shows a page as user /),
    });
  });

  it('fails when it does not start or shows nothing', async () => {
    const crash = executable(
      '[ "$1" = --version ] && echo Chromium 156.0.1 || { echo no sandbox >&2; exit 133; }',
    );
    expect(await look(browser, crash)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/shows no page \(exit 133\): no sandbox$/),
    });
    expect(await look(browser, executable('echo Chromium 1.0'))).toMatchObject({ status: 'fail' });
    const missing = await look(browser, { ...account, CCI_BROWSER: '/nowhere/chromium' });
    expect(missing).toMatchObject({ status: 'fail', seen: expect.stringMatching(/cannot be started/) });
  });

  it('leaves nothing in the folder for temporary files', async () => {
    const home = join(temporaryFolder(), 'home');
    mkdirSync(home, { mode: 0o777 });
    const note = join(home, 'note');
    chmodSync(join(home, '..'), 0o755);
    chmodSync(home, 0o777);
    await look(browser, executable(`echo "$HOME" > ${note}; touch "$HOME/left"`));
    const used = readFileSync(note, 'utf8').trim();
    expect(used).toMatch(/cc-ci-doctor-/);
    expect(existsSync(used)).toBe(false);
  });
});
