import { defaultPayloadConverter } from '@temporalio/common';
import { EncryptionCodec, isEncrypted } from '../../codec/encryption-codec.ts';
import { readKeys } from '../../codec/keys.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, type Check } from './check.ts';

const PROBE = 'cc-ci doctor';

/** The key file: readable, nobody else's, well-formed, and its active key decrypts what it has encrypted. */
export const payloadKey: Check = {
  name: 'payload-key',
  limitMs: 5_000,
  remedy: 'Set CCI_KEYS_FILE to the key file of this installation, mode 0600; `npm run up` makes one',
  look: async (context) => {
    const { CCI_KEYS_FILE } = configured(context, workerConfigSchema.pick({ CCI_KEYS_FILE: true }));
    const ring = readKeys(CCI_KEYS_FILE);
    const codec = new EncryptionCodec(ring);
    const [sealed] = await codec.encode([defaultPayloadConverter.toPayload(PROBE)]);
    const [opened] = await codec.decode(sealed ? [sealed] : []);
    if (!sealed || !isEncrypted(sealed) || !opened || defaultPayloadConverter.fromPayload(opened) !== PROBE) {
      return fail('the active key does not decrypt what it has encrypted', payloadKey.remedy);
    }
    return ok(`"${ring.active}" of ${ring.keys.size} in ${CCI_KEYS_FILE}, mode 0600`);
  },
};
