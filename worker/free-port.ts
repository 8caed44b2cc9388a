import { createServer, type AddressInfo } from 'node:net';

/**
 * The first of two ports on loopback, `step` apart, that nobody listens on: a new build's workers start while the old
 * one's still run. Any other when both are taken, so that nothing but the metrics is hard to find.
 */
export async function freePort(first: number, step: number): Promise<number> {
  return (await listens(first)) ?? (await listens(first + step)) ?? (await listens(0)) ?? first;
}

/** The port, if it can be listened on. */
function listens(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = isAddress(address) ? address.port : undefined;
      server.close(() => resolve(port));
    });
  });
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return address !== null && typeof address === 'object';
}
