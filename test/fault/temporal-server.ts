import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { listens } from '../../client/listens.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.ts';
import { freePorts } from './free-ports.ts';
import { until } from './until.ts';

const START_MS = 60_000;
/** A port that was free may be taken before the server has it. */
const TRIES = 3;
const NUMBERS: readonly string[] = [SEARCH_ATTRIBUTES.level, SEARCH_ATTRIBUTES.pullRequest];

/** A Temporal whose histories are in a file: killed and started again it goes on. */
export class TemporalServer {
  readonly port: number;
  private readonly folder: string;
  private readonly program: string;
  private child: ChildProcess;

  private constructor(program: string, folder: string, port: number) {
    this.program = program;
    this.folder = folder;
    this.port = port;
    this.child = this.spawn();
  }

  static async start(program: string, folder: string): Promise<TemporalServer> {
    for (let tried = 1; ; tried += 1) {
      const server = new TemporalServer(program, folder, await freePorts(1));
      try {
        await server.answers();
        return server;
      } catch (error) {
        server.kill();
        if (tried === TRIES) throw error;
      }
    }
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async restart(): Promise<void> {
    this.child = this.spawn();
    await this.answers();
  }

  private spawn(): ChildProcess {
    const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap((name) => [
      '--search-attribute',
      `${name}=${NUMBERS.includes(name) ? 'Int' : 'Keyword'}`,
    ]);
    const args = [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(this.port), '--headless'],
      ...['--db-filename', join(this.folder, 'temporal.db'), '--log-level', 'error', ...attributes],
      ...['--dynamic-config-value', 'system.forceSearchAttributesCacheRefreshOnRead=true'],
    ];
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.folder, TEMPORAL_ENV_FILE: '/dev/null' };
    return spawn(this.program, args, { env, stdio: 'ignore' });
  }

  private async answers(): Promise<void> {
    const address = `127.0.0.1:${this.port}`;
    await until(`Temporal answers at ${address}`, START_MS, async () => {
      if (this.child.exitCode !== null) throw new Error(`Temporal ended with ${this.child.exitCode}`);
      if (!(await listens(address))) return undefined;
      const connecting = Connection.connect({ address, connectTimeout: '2 seconds' });
      const connection = await connecting.catch(() => undefined);
      if (!connection) return undefined;
      try {
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        return true;
      } catch {
        return undefined;
      } finally {
        await connection.close();
      }
    });
  }
}
