import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostPaths } from '../../activities/support/paths.ts';
import { withClient } from '../../client/connection.ts';
import { EncryptionCodec } from '../../codec/encryption-codec.ts';
import { readKeys } from '../../codec/keys.ts';
import { guardId } from '../../domain/ids.ts';
import { resultsSchema, type Results } from '../../domain/results.ts';
import { payloadsOf, SecretScan } from '../fixtures/secret-scan.ts';
import { cli, config } from './stack.ts';

const paths = hostPaths(config.CCI_DATA);
/** Shorter ones would be found by chance. */
const LEAST_LENGTH = 8;
const LOOK_EVERY_MS = 100;

/** Secrets of environments, for as long as they exist; and what processes of this host show of them to everybody. */
class Sampler {
  readonly values = new Set<string>();
  /** Command lines and environments of processes that run in no container. */
  readonly seen = new Set<string>();
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  stop(): void {
    clearInterval(this.timer);
  }

  private collect(folder: string): void {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const value = readIfAny(join(folder, entry));
      if (value.length >= LEAST_LENGTH) this.values.add(value);
    }
  }

  private look(): void {
    const environments = dirname(paths.environment('any').root);
    for (const id of existsSync(environments) ? readdirSync(environments) : []) {
      for (const kind of ['secrets', 'wiring']) this.collect(join(paths.environment(id).private, kind));
    }
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      // What an app does with its own secrets in its own container is its own affair.
      if (/[0-9a-f]{64}/.test(readIfAny(`/proc/${pid}/cgroup`))) continue;
      this.seen.add(readIfAny(`/proc/${pid}/cmdline`)).add(readIfAny(`/proc/${pid}/environ`));
    }
  }
}

/** Empty when it is gone meanwhile. */
function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Of an app that signs in through another one: each has secrets, and one knows some of the other's. */
describe('the secrets of a run with single sign-on', () => {
  let results: Results;
  const sampler = new Sampler();

  beforeAll(async () => {
    const { stdout, stderr } = await cli('run', 'gitea', '--json');
    sampler.stop();
    if (stdout === '') throw new Error(stderr);
    results = resultsSchema.parse(JSON.parse(stdout));
  }, 900_000);
  afterAll(() => sampler.stop());

  it('are used: it passes, with one deploy for the app and one for its provider [R-02 H-15]', () => {
    expect(results).toMatchObject({
      verdict: 'passed',
      level: 5,
      leaked: false,
      deployCount: 2,
      expectedDeploys: 2,
      dependencies: [{ recipe: 'keycloak', warm: false, ready: true }],
    });
  });

  it('exist, so that they can be looked for', () => {
    // Passwords of two servers and two databases, of the account and of the client, signing keys.
    expect(sampler.values.size).toBeGreaterThanOrEqual(8);
    // The sampler sees what runs: the command line itself, and the client of Docker.
    expect([...sampler.seen].some((line) => line.includes('gitea'))).toBe(true);
    expect([...sampler.seen].some((line) => /docker\0/.test(line))).toBe(true);
  });

  it('are in no artefact, log, index or database of the server [R-64 H-20]', () => {
    const scan = new SecretScan(sampler.values);
    scan.folder(config.CCI_DATA);
    scan.folder(join(config.CCI_DATA, '../logs'));
    expect(scan.findings).toEqual([]);
    expect(scan.opened['sqlite']).toBeGreaterThanOrEqual(2);
    expect(scan.opened['pieces']).toBeGreaterThan(100);
  });

  it('are in no history, decoded as who has the keys can decode it [R-64]', async () => {
    const codec = new EncryptionCodec(readKeys(config.CCI_KEYS_FILE));
    const scan = new SecretScan(sampler.values);
    const control = new SecretScan([results.domain ?? '']);
    await withClient(config, async (client) => {
      for (const id of [results.runId, guardId(results.runId, results.environmentId ?? '')]) {
        const payloads = payloadsOf(await client.workflow.getHandle(id).fetchHistory());
        expect(payloads.length).toBeGreaterThan(2);
        for (const { data } of await codec.decode(payloads)) {
          const text = Buffer.from(data ?? []).toString();
          scan.text(id, text);
          control.text(id, text);
        }
      }
    });
    // What is no secret is found in them.
    expect(control.findings.length).toBeGreaterThan(2);
    expect(scan.findings).toEqual([]);
  });

  it('are in the command line or the environment of no process [R-64]', () => {
    const scan = new SecretScan(sampler.values);
    for (const text of sampler.seen) scan.text('process', text);
    expect(scan.findings).toEqual([]);
  });
});
