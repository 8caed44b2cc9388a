import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import {
  decodeOptionalFailureToOptionalError,
  encodeErrorToFailure,
  encodeToPayloads,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataConverter } from '../../../codec/data-converter.ts';

const CANARY = 'canary-4f6a';

describe('the data converter', () => {
  let folder: string;
  let keysFile: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cci-converter-'));
    keysFile = join(folder, 'keys.json');
    const key = Buffer.alloc(32, 3).toString('base64');
    writeFileSync(keysFile, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function failure(): Error {
    const cause = new Error(`cause ${CANARY}`);
    const error = ApplicationFailure.create({ type: 'E_COMMAND', message: `said ${CANARY}`, cause });
    error.stack = `Error\n    at ${CANARY} (/app/${CANARY}.ts:1:1)`;
    return error;
  }

  it('encrypts messages and stacks of failures and of their causes [R-64]', async () => {
    const converter = loadDataConverter(createDataConverter(keysFile));
    const encoded = await encodeErrorToFailure(converter, failure());
    expect(encoded.message).toBe('Encoded failure');
    const stored = JSON.stringify(encoded, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(stored).not.toContain(CANARY);
    expect(stored).toContain('E_COMMAND');
  });

  it('gives messages and stacks back to whoever has the key', async () => {
    const converter = loadDataConverter(createDataConverter(keysFile));
    const encoded = await encodeErrorToFailure(converter, failure());
    const decoded = await decodeOptionalFailureToOptionalError(converter, encoded);
    expect(decoded?.message).toBe(`said ${CANARY}`);
    expect(decoded?.stack).toContain(`${CANARY}.ts`);
    expect((decoded?.cause as Error | undefined)?.message).toBe(`cause ${CANARY}`);
  });

  it('encrypts arguments', async () => {
    const converter = loadDataConverter(createDataConverter(keysFile));
    const payloads = await encodeToPayloads(converter, { password: CANARY });
    expect(payloads).toHaveLength(1);
    expect(Buffer.from(payloads?.[0]?.data ?? []).toString('latin1')).not.toContain(CANARY);
  });
});
