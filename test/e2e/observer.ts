import { randomUUID } from 'node:crypto';
import { execa, ExecaError } from 'execa';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { docker, eventually, required } from './stack.ts';

const CONTROL_LABEL = 'test.observer.control=true';
const CONTROL_SECONDS = 10;

const eventSchema = z.looseObject({
  Type: z.string(),
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});
export type DockerEvent = z.infer<typeof eventSchema>;

/**
 * Watches the daemon by itself, so that what cc-ci says of its deploys can be compared with what happened. A change of
 * our own at either end shows that the watch sees changes: one that saw nothing proves nothing. `stop` rejects with
 * whatever broke the watch.
 */
export async function observeDocker(): Promise<{ stop(): Promise<readonly DockerEvent[]> }> {
  const events: DockerEvent[] = [];
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
  });
  // The daemon repeats what happened since then, so nothing is lost before the client has subscribed.
  const since = (Date.now() / 1000).toFixed(3);
  const child = execa(required('CCI_DOCKER_BIN'), ['events', '--since', since, '--format', '{{json .}}'], {
    env: { DOCKER_HOST: required('CCI_DOCKER_HOST') },
    buffer: false,
    cancelSignal: stopping.signal,
  });
  const reading = (async () => {
    for await (const line of child.iterable()) events.push(eventSchema.parse(JSON.parse(line)));
  })();
  const ended = reading.then(() => {
    throw new Error('the stream of events has ended by itself');
  });
  await Promise.race([ended, seeControl(events)]);
  return {
    stop: async () => {
      await Promise.race([ended, seeControl(events)]);
      stopping.abort();
      await reading.catch((error: unknown) => {
        if (!(error instanceof ExecaError && error.isCanceled)) throw error;
      });
      return events;
    },
  };
}

/** Makes and removes a config, and waits until both were observed, and with them all that came before. */
async function seeControl(events: readonly DockerEvent[]): Promise<void> {
  const name = `observer-control-${randomUUID()}`;
  await docker('config', 'create', '--label', CONTROL_LABEL, name, import.meta.filename);
  await docker('config', 'rm', name);
  await eventually(`the events of ${name}`, CONTROL_SECONDS, () => {
    const seen = events.filter((event) => event.Type === 'config' && isNamed(event, name));
    return ['create', 'remove'].every((action) => seen.some(({ Action }) => Action === action)) || undefined;
  });
}

/** Whether the name of an event's object begins so. Most kinds have it as an attribute, volumes as their id. */
export function isNamed({ Actor }: DockerEvent, prefix: string): boolean {
  return [Actor.Attributes['name'], Actor.ID].some((name) => name?.startsWith(prefix));
}

/** How often each service of a stack was created and changed. */
export function serviceChanges(
  events: readonly DockerEvent[],
  stack: string,
): Record<string, { created: number; changed: number }> {
  const changes: Record<string, { created: number; changed: number }> = {};
  for (const event of events) {
    if (event.Type !== 'service' || !isNamed(event, `${stack}_`)) continue;
    const { Action, Actor } = event;
    const of = (changes[Actor.Attributes['name'] ?? Actor.ID] ??= { created: 0, changed: 0 });
    if (Action === 'create') of.created += 1;
    // Swarm reports the progress of an update as further events; those carry the update's state.
    if (Action === 'update' && Actor.Attributes['updatestate.new'] === undefined) of.changed += 1;
  }
  return changes;
}
