import { connect } from 'node:net';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { config, docker, required } from './stack.ts';

const NAME = `cci-isolation-${process.pid}`;
const NETWORK = `${NAME}-net`;

/** Ports on which services of this clone listen in the host's namespace, by what they are. */
const hostServices = (): Record<string, number> => ({
  Temporal: Number(config.CCI_TEMPORAL_ADDRESS.split(':')[1]),
  'the Temporal UI': Number(new URL(config.CCI_TEMPORAL_UI).port),
  'the codec endpoint': config.CCI_CODEC_PORT,
  'the metrics of a worker': Number(required('CCI_METRICS_PORT')),
});

/** Gateways in the form of `/proc/net/route`: hexadecimal, in the byte order of the machine. */
function gatewaysOf(routes: string): string[] {
  const hex = routes
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t')[2] ?? '00000000');
  return hex
    .filter((gateway) => gateway !== '00000000')
    .map((gateway) => [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.'));
}

/**
 * Addresses by which a container could hope to reach the host: its own gateways, and both ends of the link between the
 * namespace of the daemon and the host. All of them are on this machine.
 */
async function gateways(): Promise<string[]> {
  const inContainer = await docker('exec', NAME, 'cat', '/proc/net/route');
  const inNamespace = await execa('nsenter', [`--net=${required('CCI_NETNS')}`, 'cat', '/proc/net/route']);
  const ends = [...gatewaysOf(inNamespace.stdout), required('CCI_INGRESS_ADDRESS')];
  return [...new Set([...gatewaysOf(inContainer), ...ends, '127.0.0.1'])];
}

async function reachable(address: string, port: number): Promise<boolean> {
  const script = `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo open || echo closed`;
  return (await docker('exec', NAME, 'bash', '-c', script)).trim() === 'open';
}

beforeAll(async () => {
  await docker('network', 'create', '--driver', 'overlay', '--attachable', NETWORK);
  await docker(
    'run',
    '--detach',
    '--init',
    '--name',
    NAME,
    '--network',
    NETWORK,
    'debian:bookworm-slim',
    'sleep',
    '600',
  );
});
afterAll(async () => {
  await docker('rm', '--force', NAME);
  await docker('network', 'rm', NETWORK);
});

describe('from inside an app container', () => {
  it('the ingress answers, so that the other checks can fail', async () => {
    expect(await reachable(required('CCI_INGRESS_ADDRESS'), Number(required('CCI_INGRESS_HTTPS_PORT')))).toBe(
      true,
    );
  });

  it.each(Object.keys(hostServices()))('%s does not answer', async (service) => {
    const port = hostServices()[service] ?? 0;
    const listening = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
    expect(listening, `${service} listens on port ${port} of the host`).toBe(true);
    for (const address of await gateways()) {
      expect(await reachable(address, port), `${address}:${port}`).toBe(false);
    }
  });

  it('neither the registry nor the Docker API answers', async () => {
    for (const address of await gateways()) {
      for (const port of [5000, 2375, 2376, 2377]) {
        expect(await reachable(address, port), `${address}:${port}`).toBe(false);
      }
    }
    const sockets = await docker('exec', NAME, 'find', '/', '-xdev', '-name', 'docker*.sock');
    expect(sockets).toBe('');
  });
});
