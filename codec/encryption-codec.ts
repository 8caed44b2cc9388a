import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeyRing } from './keys.ts';

// The package is CommonJS, whose names Node cannot see.
const PayloadMessage = proto.temporal.api.common.v1.Payload;

export const ENCRYPTED_ENCODING = 'binary/encrypted';
/** Metadata that names the key; the server and everybody who reads its database can see it. */
export const KEY_ID = 'encryption-key-id';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A payload cannot be decrypted. Says which key is missing or that it was changed, never any content. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/**
 * Encrypts whole payloads, their metadata included. `data` becomes nonce (12 bytes), tag (16 bytes), ciphertext. Encodes
 * with the active key and decodes with any known one, so a key can be replaced while histories still need the old one.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly ring: KeyRing;

  constructor(ring: KeyRing) {
    this.ring = ring;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.encrypt(payload));
  }

  /** What is not encrypted passes unchanged: other clients (the server's own tools) send plain payloads. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload));
  }

  private encrypt(payload: Payload): Payload {
    const id = this.ring.active;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key(id), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundMetadata(id));
    const plain = PayloadMessage.encode(payload).finish();
    const sealed = [cipher.update(plain), cipher.final()];
    return {
      metadata: { encoding: Buffer.from(ENCRYPTED_ENCODING), [KEY_ID]: Buffer.from(id) },
      data: Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]),
    };
  }

  private decrypt(payload: Payload): Payload {
    const id = Buffer.from(payload.metadata?.[KEY_ID] ?? []).toString();
    const data = Buffer.from(payload.data ?? []);
    if (data.length < NONCE_BYTES + TAG_BYTES) throw new CodecError('an encrypted payload is too short');
    const nonce = data.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.key(id), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundMetadata(id));
    decipher.setAuthTag(data.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    let plain: Buffer;
    try {
      plain = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      const message = `a payload does not decrypt with key "${id}": it was changed, or the key is another one`;
      throw new CodecError(message, { cause });
    }
    const { metadata, data: content } = PayloadMessage.decode(plain);
    return { metadata, data: content };
  }

  private key(id: string): Buffer {
    const key = this.ring.keys.get(id);
    if (key) return key;
    const known = [...this.ring.keys.keys()].join(', ');
    throw new CodecError(`a payload needs key "${id}", which is not in the key file (it has ${known})`);
  }
}

export function isEncrypted(payload: Payload): boolean {
  return Buffer.from(payload.metadata?.['encoding'] ?? []).toString() === ENCRYPTED_ENCODING;
}

/** The readable metadata, authenticated together with the content. */
function boundMetadata(keyId: string): Buffer {
  return Buffer.from(JSON.stringify([ENCRYPTED_ENCODING, keyId]));
}
