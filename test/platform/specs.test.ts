import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../fixtures/https-server.ts';
import { readZip } from '../fixtures/zip.ts';
import {
  createSpecBench,
  IMPORTS,
  PAGE_BYTES,
  processesOfSpecUser,
  REPOSITORY,
  SECRET,
  UID,
  type SpecBench,
} from './spec-bench.ts';

let bench: SpecBench;
const run: SpecBench['run'] = (spec, options) => bench.run(spec, options);

beforeAll(async () => {
  bench = await createSpecBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('the spec runner', () => {
  it('passes specs that use the app with a browser and the client [R-04]', async () => {
    const outcome = await run(`${IMPORTS}
      test('opens in a browser', async ({ app, page, consoleErrors }) => {
        await gotoWithRetry(page, app.url);
        await expect(page.getByRole('heading')).toHaveText('Probe');
        expect(consoleErrors).toEqual([]);
      });
      test('answers the client', async ({ app, http }) => {
        expect(app.version.chaos).toBe(true);
        expect((await http.get('/')).text()).toContain('<h1>Probe</h1>');
        expect((await http.get('/missing')).status).toBe(404);
      });`);
    expect(outcome.assertions.map(({ name, ok }) => [name, ok])).toEqual([
      ['spec: opens in a browser', true],
      ['spec: answers the client', true],
    ]);
    expect(outcome).toMatchObject({
      status: 'pass',
      screenshots: ['screenshots/install-1-opens-in-a-browser.png'],
    });
    const png = await readFile(join(outcome.folder, outcome.screenshots[0] ?? ''));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // A passed spec leaves no trace, and no run leaves files but what the next one compiles less for.
    expect(await readdir(join(outcome.folder, 'traces'))).toEqual([]);
    expect(await readdir(outcome.files)).toEqual(['spec-cache', 'spec-turns']);
  });

  it('tells specs what the app holds, and lets them probe and write [R-35, F-03]', async () => {
    const outcome = await run(`${IMPORTS}
      test('marker', ({ marker }) => {
        expect(marker.value).toMatch(/^ci-[0-9a-f]{16}$/);
        expect(marker.markers).toEqual([]);
      });
      test('probe', async ({ probe }) => {
        expect(await probe.http('/')).toEqual({ status: 200, contentType: 'text/html', size: ${PAGE_BYTES} });
        expect(await probe.http('/missing')).toEqual({ status: 404, contentType: 'text/html', size: 7 });
      });
      test('write', async ({ http }, { annotations }) => {
        expect((await http.retryWrites('/flaky', () => ({ method: 'POST' }))).status).toBe(201);
        expect(annotations).toEqual([
          { type: 'retry', description: 'attempt 1 at /flaky: status 503, starting' },
        ]);
      });`);
    expect(outcome.assertions.map(({ ok, detail }) => [ok, detail])).toEqual([
      [true, expect.anything()],
      [true, expect.anything()],
      [true, expect.anything()],
    ]);
  });

  it('finds text in a frame within a frame of a real page [H-07]', async () => {
    const outcome = await run(`${IMPORTS}
      import { findInFrames } from '../fixtures.ts';
      test('editor', async ({ page }) => {
        await page.setContent('<iframe></iframe>');
        await page.frames()[1].setContent('<iframe srcdoc="<p>ci-1</p>"></iframe>');
        const frame = await findInFrames(page, 'ci-1', { timeoutMs: 5000 });
        expect(frame.parentFrame()?.parentFrame()).toBe(page.mainFrame());
      });`);
    expect(outcome.assertions).toMatchObject([{ name: 'spec: editor', ok: true }]);
  });

  it('keeps Chromium in its sandbox and its user without privileges', async () => {
    const outcome = await run(`${IMPORTS}
      import { readFileSync } from 'node:fs';
      test('sandbox', async ({ page }) => {
        await page.goto('chrome://sandbox');
        await expect(page.locator('body')).toContainText('You are adequately sandboxed.');
        const status = readFileSync('/proc/self/status', 'utf8');
        expect(status).toMatch(/^CapEff:\\s+0+$/m);
        expect(status).toMatch(/^Groups:\\s*$/m);
        expect(process.getuid()).toBe(${UID});
        expect(readFileSync('/proc/' + process.ppid + '/cmdline', 'utf8')).not.toContain('--no-sandbox');
      });`);
    expect(outcome.assertions).toEqual([
      { name: 'spec: sandbox', ok: true, detail: 'probe-app/install.spec.ts' },
    ]);
  });

  it('lets a spec reach neither keys nor the Docker socket nor the environment of the worker [R-36]', async () => {
    const state = join(REPOSITORY, '.cc-ci');
    await mkdir(state, { recursive: true, mode: 0o700 });
    const secrets = await mkdtemp(join(state, 'test-'));
    const [key, socket] = [join(secrets, 'keys.json'), join(secrets, 'docker.sock')];
    const listener = createServer().listen(socket);
    process.env['CCI_CANARY'] = SECRET;
    try {
      // The control: for root both are there.
      await writeFile(key, '{}');
      expect(await readFile(key, 'utf8')).toBe('{}');
      const outcome = await run(`${IMPORTS}
        import { readFileSync, readdirSync } from 'node:fs';
        import { connect } from 'node:net';
        const codeOf = (body) => { try { body(); return 'none'; } catch (error) { return error.code; } };
        test('key', () => { throw new Error(codeOf(() => readFileSync(${JSON.stringify(key)}))); });
        test('socket', async () => {
          throw new Error(await new Promise((resolve) => {
            connect(${JSON.stringify(socket)}).on('error', (e) => resolve(e.code)).on('connect', () => resolve('none'));
          }));
        });
        test('init', () => { throw new Error(codeOf(() => readFileSync('/proc/1/environ'))); });
        test('variables', () => { throw new Error(Object.keys(process.env).filter((n) => n.startsWith('CCI_')).join() || 'empty'); });
        test('checkout', () => { throw new Error(readdirSync('.').sort().join()); });
        test('processes', () => { throw new Error(String(readdirSync('/proc').filter((n) => /^[0-9]+$/.test(n)).length < 30)); });
      `);
      // Below /tmp, which specs see an empty one of, the paths do not even exist.
      const denied = REPOSITORY.startsWith('/tmp/') ? 'ENOENT' : 'EACCES';
      const said = outcome.assertions.map(({ detail }) => /Error: (.*)/.exec(detail)?.[1]);
      const checkout =
        'cache,context.json,domain,home,node,node_modules,out,package.json,recipes,tsconfig.json,turns';
      expect(said).toEqual([denied, denied, 'EACCES', 'empty', checkout, 'true']);
      expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC' });
    } finally {
      delete process.env['CCI_CANARY'];
      listener.close();
      await rm(secrets, { recursive: true, force: true });
    }
  });

  it('fails a spec that fails, with a trace in which secrets are hidden', async () => {
    const outcome = await run(`${IMPORTS}
      test('wrong heading', async ({ app, page }) => {
        await gotoWithRetry(page, app.url);
        await expect(page.locator('p')).toHaveText('something else', { timeout: 200 });
      });`);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC' });
    const [assertion] = outcome.assertions;
    expect(assertion).toMatchObject({ name: 'spec: wrong heading', ok: false });
    expect(assertion?.detail).toContain('something else');
    expect(assertion?.detail).not.toContain(SECRET);
    const archive = join(outcome.folder, 'traces/install-1-wrong-heading.zip');
    const entries = await readZip(archive);
    const text = entries.map(({ name, content }) => `${name}\n${content.toString()}`).join('\n');
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['test.trace']));
    expect(text).toContain('[redacted]');
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['has a syntax error', `${IMPORTS} test('a', () => {`, 'E_SPEC_COLLECT'],
    ['has no test', IMPORTS, 'E_SPEC_COLLECT'],
    ['ends the runner while it is collected', `${IMPORTS} process.exit(0);`, 'E_SPEC_COLLECT'],
    ['leaves out others by test.only', `${IMPORTS} test.only('a', () => {});`, 'E_SPEC_COLLECT'],
    [
      'is expected to fail and does',
      `${IMPORTS} test('a', () => { test.fail(); expect(1).toBe(2); });`,
      'E_SPEC',
    ],
    ['ends its process', `${IMPORTS} test('a', () => process.exit(0));`, 'E_SPEC'],
  ])('fails a spec file that %s [F-36]', async (_what, spec, code) => {
    const outcome = await run(spec);
    expect(outcome).toMatchObject({ status: 'fail', code });
    expect(outcome.assertions.some(({ ok }) => !ok)).toBe(true);
  });

  it('never calls a skipped spec green [R-38, F-24]', async () => {
    const outcome = await run(`${IMPORTS}
      test('runs', () => { expect(1).toBe(1); });
      test('needs a login', () => { test.skip(true, 'the provider is not ready'); });`);
    expect(outcome.status).toBe('unverified');
    expect(outcome.reason).toBe('1 of 2 specs were skipped: needs a login (the provider is not ready)');
    expect(outcome.assertions).toEqual([
      { name: 'spec: runs', ok: true, detail: 'probe-app/install.spec.ts' },
    ]);
  });

  it('tells specs where dependencies are, and skips those that need one which is not ready [R-53]', async () => {
    const spec = `${IMPORTS}
      test('uses the forge', ({ deps }) => { expect(deps.forge.url).toBe('https://forge.ci.test/'); });
      test('needs nothing', () => { expect(1).toBe(1); });`;
    const forge = { recipe: 'forge', domain: 'forge.ci.test' };
    const ready = await run(spec, { dependencies: [forge] });
    expect(ready).toMatchObject({ status: 'pass', counts: { passed: 2, failed: 0, skipped: 0 } });
    const unready = await run(spec, { dependencies: [{ ...forge, unready: 'status 502' }] });
    expect(unready).toMatchObject({ status: 'unverified', counts: { passed: 1, failed: 0, skipped: 1 } });
    expect(unready.reason).toContain('uses the forge (forge is not ready: status 502)');
  });

  it('refuses a site whose certificate the CA has not signed', async () => {
    const { ca } = await makeCertificates();
    const outcome = await run(
      `${IMPORTS}
      test('browser', async ({ app, page }) => { await gotoWithRetry(page, app.url); });
      test('client', async ({ http }) => { await http.get('/'); });`,
      { ingress: { ...bench.ingress, ca } },
    );
    expect(outcome.assertions.map(({ ok }) => ok)).toEqual([false, false]);
    expect(outcome.assertions[0]?.detail).toContain('net::ERR_CERT_AUTHORITY_INVALID');
    expect(outcome.assertions[1]?.detail).toMatch(/certificate|signature/);
  });

  it('is an error of the harness, and no verdict on the app, when the specs cannot be started', async () => {
    const running = run(`${IMPORTS} test('a', () => {});`, { broken: true });
    await expect(running).rejects.toMatchObject({ code: 'E_COMMAND' });
    await expect(running).rejects.toThrow(/ended with 97: .*domain/);
  });

  it('does not hand out what a spec links to', async () => {
    const outcome = await run(`${IMPORTS}
      import { symlinkSync } from 'node:fs';
      test('links', async ({}, info) => {
        const path = info.outputPath('shadow.png');
        symlinkSync('/etc/shadow', path);
        info.attachments.push({ name: 'shadow', contentType: 'image/png', path });
      });`);
    expect(outcome).toMatchObject({ status: 'pass', screenshots: [] });
    expect(await readdir(join(outcome.folder, 'screenshots'))).toEqual([]);
  });

  it('ends what specs have started, and is bounded in time', async () => {
    const outcome = await run(
      `${IMPORTS}
      import { spawn } from 'node:child_process';
      test('starts what outlives it', async ({ page }) => {
        await page.setContent('open');
        spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();
        await new Promise(() => {});
      });`,
      { timeoutMs: 6000 },
    );
    expect(outcome.status).toBe('fail');
    expect(processesOfSpecUser()).toEqual([]);
  });

  it('stops everything when the run is cancelled', async () => {
    const controller = new AbortController();
    const running = run(
      `${IMPORTS}
      test('waits', async ({ page }) => { await page.setContent('open'); await new Promise(() => {}); });`,
      { signal: controller.signal },
    );
    running.catch(() => undefined);
    await expect.poll(() => processesOfSpecUser().length, { timeout: 30_000 }).toBeGreaterThan(5);
    controller.abort(new Error('cancelled by a person'));
    await expect(running).rejects.toThrow('cancelled by a person');
    expect(processesOfSpecUser()).toEqual([]);
  });
});
