import { listens } from '../../client/listens.ts';

/** First of some neighbouring ports of loopback on which nothing listens. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    // Below the ports that the kernel gives to connections.
    const first = 26_000 + Math.floor(Math.random() * 600) * 10;
    const taken = await Promise.all(
      Array.from({ length: count }, (_, index) => listens(`127.0.0.1:${first + index}`)),
    );
    if (!taken.includes(true)) return first;
  }
}
