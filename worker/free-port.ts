import { createServer } from 'node:net';

/** How many builds can have workers at once. */
const GENERATIONS = 4;

/** The first port on loopback, from `first` in steps of `step`, that nobody listens on; `first` when all are taken. */
export async function freePort(first: number, step: number): Promise<number> {
  for (let port = first; port < first + GENERATIONS * step; port += step) {
    if (await isFree(port)) return port;
  }
  return first;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
