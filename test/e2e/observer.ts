import { execa } from 'execa';
import { z } from 'zod';
import { required } from './stack.ts';

const eventSchema = z.looseObject({
  Type: z.string(),
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});
type DockerEvent = z.infer<typeof eventSchema>;

/** Watches the daemon by itself, so that what cc-ci says of its deploys can be compared with what happened. */
export async function observeDocker(): Promise<{ stop(): Promise<readonly DockerEvent[]> }> {
  const events: DockerEvent[] = [];
  const child = execa(required('CCI_DOCKER_BIN'), ['events', '--format', '{{json .}}'], {
    env: { DOCKER_HOST: required('CCI_DOCKER_HOST') },
    reject: false,
    buffer: false,
  });
  const reading = (async () => {
    for await (const line of child.iterable()) events.push(eventSchema.parse(JSON.parse(line)));
  })().catch(() => undefined);
  // The client prints nothing until the first event; give it the time to subscribe.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    stop: async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      child.kill();
      await reading;
      return events;
    },
  };
}

/** How often each service of a stack was created and changed. */
export function serviceChanges(
  events: readonly DockerEvent[],
  stack: string,
): Record<string, { created: number; changed: number }> {
  const changes: Record<string, { created: number; changed: number }> = {};
  for (const { Type, Action, Actor } of events) {
    const name = Actor.Attributes['name'];
    if (Type !== 'service' || !name?.startsWith(`${stack}_`)) continue;
    const of = (changes[name] ??= { created: 0, changed: 0 });
    if (Action === 'create') of.created += 1;
    // Swarm reports the progress of an update as further events; those carry the update's state.
    if (Action === 'update' && Actor.Attributes['updatestate.new'] === undefined) of.changed += 1;
  }
  return changes;
}
