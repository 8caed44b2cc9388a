import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { HttpError } from './http.ts';

const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

/** Protobuf's JSON form of `temporal.api.common.v1.Payloads`, which the Temporal UI and command line send. */
const payloadsSchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), bytes).default({}), data: bytes.optional() }))
    .default([]),
});

export interface PayloadsJson {
  readonly payloads: readonly { metadata: Record<string, string>; data: string }[];
}

/**
 * Applies a codec to payloads in their JSON form.
 * @throws HttpError 400 when the text is not that form, or a payload cannot be decoded
 */
export async function transformPayloads(
  codec: PayloadCodec,
  direction: 'encode' | 'decode',
  text: string,
): Promise<PayloadsJson> {
  const payloads = parse(text);
  let transformed: Payload[];
  try {
    transformed = await codec[direction](payloads);
  } catch (error) {
    throw new HttpError(400, error instanceof Error ? error.message : String(error));
  }
  return { payloads: transformed.map(toJson) };
}

function parse(text: string): Payload[] {
  try {
    const { payloads } = payloadsSchema.parse(JSON.parse(text));
    return payloads.map(({ metadata, data }) => ({ metadata, data: data ?? new Uint8Array() }));
  } catch {
    throw new HttpError(400, 'the body is not a list of payloads');
  }
}

function toJson(payload: Payload): { metadata: Record<string, string>; data: string } {
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  return {
    metadata: Object.fromEntries(metadata) as Record<string, string>,
    data: base64(payload.data ?? new Uint8Array()),
  };
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}
