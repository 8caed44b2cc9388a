import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Folder of the recorded histories, `<workflow type in kebab case>.<what happens>.json`. Those of today's workflows lie in
 * it; those that a patch is for, in `before-<id of the patch>`.
 */
export const HISTORIES = new URL('histories/', import.meta.url);

/** The workflow id decides the ids of children, so a replay needs the recorded one. */
const historySchema = z.looseObject({
  events: z.array(z.looseObject({})),
});
const startedSchema = z.looseObject({
  workflowExecutionStartedEventAttributes: z.looseObject({
    workflowId: z.string(),
    workflowType: z.looseObject({ name: z.string() }),
  }),
});
const patchMarkerSchema = z.looseObject({
  markerRecordedEventAttributes: z.looseObject({
    markerName: z.literal('core_patch'),
    details: z.looseObject({
      'patch-data': z.looseObject({ payloads: z.array(z.looseObject({ data: z.string() })) }),
    }),
  }),
});

export interface RecordedHistory {
  /** Path below the folder. */
  readonly name: string;
  readonly workflowId: string;
  readonly type: string;
  /** Ids of the patches that were in force. */
  readonly patches: readonly string[];
  readonly history: unknown;
}

export function readHistories(): readonly RecordedHistory[] {
  return readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => describeHistory(name, JSON.parse(readFileSync(new URL(name, HISTORIES), 'utf8'))));
}

export function describeHistory(name: string, history: unknown): RecordedHistory {
  const { events } = historySchema.parse(history);
  const { workflowId, workflowType } = startedSchema.parse(events[0]).workflowExecutionStartedEventAttributes;
  const patches = events.flatMap((event) => {
    const marker = patchMarkerSchema.safeParse(event);
    if (!marker.success) return [];
    return marker.data.markerRecordedEventAttributes.details['patch-data'].payloads.map(({ data }) =>
      patchId(data),
    );
  });
  return { name, workflowId, type: workflowType.name, patches, history };
}

function patchId(data: string): string {
  return z.looseObject({ id: z.string() }).parse(JSON.parse(Buffer.from(data, 'base64').toString())).id;
}
