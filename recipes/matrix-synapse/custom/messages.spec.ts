import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { expect, test } from '../../fixtures.ts';
import { talkers } from '../accounts.ts';
import { signInByPassword, type Session } from '../session.ts';

const roomSchema = z.looseObject({ room_id: z.string() });
const eventSchema = z.looseObject({ event_id: z.string() });
const timelineSchema = z.looseObject({
  chunk: z.array(z.looseObject({ event_id: z.string(), sender: z.string(), content: z.unknown() })),
});

async function createRoom(session: Session, invite: readonly string[]): Promise<string> {
  const room = await session.write('POST', '/createRoom', { preset: 'private_chat', invite });
  return `/rooms/${encodeURIComponent(roomSchema.parse(room).room_id)}`;
}

async function say(session: Session, room: string, body: string): Promise<string> {
  const path = `${room}/send/m.room.message/${randomUUID()}`;
  const sent = await session.write('PUT', path, { msgtype: 'm.text', body });
  return eventSchema.parse(sent).event_id;
}

test('carries what two people write to each other, letter by letter', async ({ http, marker }) => {
  const [anna, bert] = talkers(marker.seed);
  const annas = await signInByPassword(http, anna);
  const berts = await signInByPassword(http, bert);
  const room = await createRoom(annas, [berts.userId]);
  await berts.write('POST', `${room}/join`, {});

  const question = `Grüße, ${marker.value} ${randomUUID()} – «wie geht's?» 你好`;
  const asked = await say(annas, room, question);
  const seen = await berts.get(`${room}/event/${encodeURIComponent(asked)}`);
  expect(seen.json()).toMatchObject({ sender: annas.userId, content: { msgtype: 'm.text', body: question } });

  const answer = `${marker.value} ${randomUUID()}`;
  const answered = await say(berts, room, answer);
  // On another device: nothing of what the first one knew.
  const elsewhere = await signInByPassword(http, anna);
  const timeline = await elsewhere.get(`${room}/messages?dir=b&limit=2`);
  expect(timelineSchema.parse(timeline.json()).chunk).toMatchObject([
    { event_id: answered, sender: berts.userId, content: { body: answer } },
    { event_id: asked, sender: annas.userId, content: { body: question } },
  ]);
});

test('keeps a room from those who are not in it', async ({ http, marker }) => {
  const [anna, bert] = talkers(marker.seed);
  const annas = await signInByPassword(http, anna);
  const room = await createRoom(annas, []);
  const event = await say(annas, room, `${marker.value} ${randomUUID()}`);
  const path = `${room}/event/${encodeURIComponent(event)}`;
  expect((await annas.get(path)).status).toBe(200);
  const berts = await signInByPassword(http, bert);
  const refused = await berts.get(path);
  expect([403, 404]).toContain(refused.status);
  expect(refused.text()).not.toContain(marker.value);
  const stranger = await http.get(`/_matrix/client/v3${path}`);
  expect(stranger.status).toBe(401);
});
