import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec.ts';
import { readKeys } from './keys.ts';

/** For `failureConverterPath` of workers, clients *and* of the workflow bundle. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(import.meta.resolve('./failure-converter.ts'));

/**
 * The data converter of every worker and client: everything that enters a history is encrypted.
 * @throws KeysError when the key file cannot be used
 */
export function createDataConverter(keysFile: string): DataConverter {
  return {
    payloadCodecs: [new EncryptionCodec(readKeys(keysFile))],
    failureConverterPath: FAILURE_CONVERTER_PATH,
  };
}
