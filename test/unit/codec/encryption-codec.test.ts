import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError, EncryptionCodec, isEncrypted, KEY_ID } from '../../../codec/encryption-codec.ts';
import type { KeyRing } from '../../../codec/keys.ts';

function ring(active: string, ...ids: string[]): KeyRing {
  return { active, keys: new Map([active, ...ids].map((id) => [id, randomBytes(32)])) };
}

function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

async function encodeOne(codec: EncryptionCodec, payload: Payload): Promise<Payload> {
  const [encoded] = await codec.encode([payload]);
  if (!encoded) throw new Error('nothing was encoded');
  return encoded;
}

const payloads = fc.record({
  metadata: fc.dictionary(fc.string({ minLength: 1 }), fc.uint8Array({ maxLength: 40 }), {
    noNullPrototype: true,
  }),
  data: fc.uint8Array({ maxLength: 400 }),
});

function plain(payload: Payload | undefined) {
  const metadata = Object.entries(payload?.metadata ?? {}).map(([name, bytes]) => [name, [...bytes]]);
  return { metadata: Object.fromEntries(metadata), data: [...(payload?.data ?? [])] };
}

describe('the encryption codec', () => {
  it('gives back every payload it encoded, metadata included', async () => {
    const codec = new EncryptionCodec(ring('k1'));
    await fc.assert(
      fc.asyncProperty(fc.array(payloads, { maxLength: 4 }), async (originals) => {
        const decoded = await codec.decode(await codec.encode(originals));
        expect(decoded.map(plain)).toEqual(originals.map(plain));
      }),
    );
  });

  it('refuses a payload of which any single bit was changed', async () => {
    const codec = new EncryptionCodec(ring('k1'));
    await fc.assert(
      fc.asyncProperty(payloads, fc.nat(), fc.nat({ max: 7 }), async (original, at, bit) => {
        const encoded = await encodeOne(codec, original);
        const data = Buffer.from(encoded.data ?? []);
        const index = at % data.length;
        data.writeUInt8(data.readUInt8(index) ^ (1 << bit), index);
        await expect(codec.decode([{ ...encoded, data }])).rejects.toThrow(CodecError);
      }),
    );
  });

  it('refuses a payload that was cut off', async () => {
    const codec = new EncryptionCodec(ring('k1'));
    const encoded = await encodeOne(codec, payloadOf('text'));
    for (const length of [0, 11, 27, 28, (encoded.data?.length ?? 0) - 1]) {
      const cut = { ...encoded, data: encoded.data?.subarray(0, length) ?? null };
      await expect(codec.decode([cut])).rejects.toThrow(CodecError);
    }
  });

  it('leaves neither the value nor its encoding readable [R-64]', async () => {
    const codec = new EncryptionCodec(ring('k1'));
    const encoded = await encodeOne(codec, payloadOf({ password: 'canary-7d1f' }));
    const bytes = Buffer.from(encoded.data ?? []).toString('latin1');
    expect(bytes).not.toContain('canary');
    expect(bytes).not.toContain('json/plain');
    expect(isEncrypted(encoded)).toBe(true);
  });

  it('never encrypts the same value to the same bytes', async () => {
    const codec = new EncryptionCodec(ring('k1'));
    const encoded = await codec.encode(Array.from({ length: 50 }, () => payloadOf('same')));
    const nonces = encoded.map((payload) =>
      Buffer.from(payload.data ?? [])
        .subarray(0, 12)
        .toString('hex'),
    );
    expect(new Set(nonces).size).toBe(50);
  });

  it('encodes with the active key and still decodes what an older key encrypted', async () => {
    const before = ring('k1');
    const old = await encodeOne(new EncryptionCodec(before), payloadOf('old'));
    const rotated = { active: 'k2', keys: new Map([...before.keys, ['k2', randomBytes(32)] as const]) };
    const codec = new EncryptionCodec(rotated);
    const fresh = await encodeOne(codec, payloadOf('new'));
    expect(Buffer.from(fresh.metadata?.[KEY_ID] ?? []).toString()).toBe('k2');
    const decoded = await codec.decode([old, fresh]);
    expect(decoded.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['old', 'new']);
  });

  it('names the key that is missing and the keys it has', async () => {
    const encoded = await encodeOne(new EncryptionCodec(ring('k9')), payloadOf('text'));
    const codec = new EncryptionCodec(ring('k1', 'k2'));
    await expect(codec.decode([encoded])).rejects.toThrow('needs key "k9"');
    await expect(codec.decode([encoded])).rejects.toThrow('it has k1, k2');
  });

  it('refuses another key of the same name', async () => {
    const encoded = await encodeOne(new EncryptionCodec(ring('k1')), payloadOf('text'));
    const codec = new EncryptionCodec(ring('k1'));
    await expect(codec.decode([encoded])).rejects.toThrow('does not decrypt with key "k1"');
  });

  it('refuses a payload whose key name was exchanged, even for the same key', async () => {
    const key = randomBytes(32);
    const both = {
      active: 'k1',
      keys: new Map([
        ['k1', key],
        ['k2', key],
      ]),
    };
    const codec = new EncryptionCodec(both);
    const encoded = await encodeOne(codec, payloadOf('text'));
    const renamed = { ...encoded, metadata: { ...encoded.metadata, [KEY_ID]: Buffer.from('k2') } };
    await expect(codec.decode([renamed])).rejects.toThrow(CodecError);
  });

  it('passes payloads that are not encrypted through unchanged', async () => {
    const payload = payloadOf({ plain: true });
    expect(await new EncryptionCodec(ring('k1')).decode([payload])).toEqual([payload]);
  });
});
