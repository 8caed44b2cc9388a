import { execa } from 'execa';
import { z } from 'zod';

const eventSchema = z.looseObject({
  Type: z.string(),
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
  timeNano: z.number(),
});
export interface WatchedEvent {
  readonly type: string;
  readonly action: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly atMs: number;
}

/** The events of the daemon, seen by its own client; comes back after the daemon has been away. */
export class DockerWatch {
  readonly events: WatchedEvent[] = [];
  private readonly stopping = new AbortController();
  private readonly env: { DOCKER_HOST: string };
  private readonly program: string;
  private readonly watching: Promise<void>;

  constructor(program: string, host: string) {
    this.program = program;
    this.env = { DOCKER_HOST: host };
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    let since = Date.now() / 1000;
    const seen = new Set<string>();
    while (!this.stopping.signal.aborted) {
      const child = execa(this.program, ['events', '--since', since.toFixed(3), '--format', '{{json .}}'], {
        env: this.env,
        buffer: false,
        reject: false,
        stderr: 'ignore',
        cancelSignal: this.stopping.signal,
      });
      try {
        for await (const line of child.iterable()) {
          // What happened in the second in which the stream broke is told twice.
          if (seen.has(line)) continue;
          seen.add(line);
          const { Type, Action, Actor, timeNano } = eventSchema.parse(JSON.parse(line));
          const atMs = timeNano / 1e6;
          since = atMs / 1000;
          const name = Actor.Attributes['name'] ?? Actor.ID;
          this.events.push({ type: Type, action: Action, name, attributes: Actor.Attributes, atMs });
        }
      } catch (error) {
        if (!this.stopping.signal.aborted && error instanceof z.ZodError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
