import type { Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGuards } from '../../client/guard-report.ts';
import { SEARCH_KEYS } from '../../client/search-attributes.ts';
import { resultsSchema } from '../../domain/results.ts';
import { startCliStack, type CliStack } from './cli-stack.ts';
import { FakeHost, type HostScript } from './fake-host.ts';

type Metadata = temporal.api.sdk.v1.IUserMetadata;
interface SeenRun {
  readonly runId: string;
  readonly guardId: string;
}

let stack: CliStack;
beforeAll(async () => {
  stack = await startCliStack();
});
afterAll(() => stack.close());

async function finishedRun(): Promise<SeenRun> {
  const outcome = await stack.cli('run', 'sample', '--stages', 'install', '--json').done;
  const { runId } = resultsSchema.parse(JSON.parse(outcome.stdout));
  const [guardId = ''] = await findGuards(stack.environment.client, runId);
  return { runId, guardId };
}

/** Serves while a run of the script goes through, and while `look` looks at it afterwards. */
const withRun = (script: HostScript, look: (run: SeenRun) => Promise<void>) =>
  stack.serve(new FakeHost(script), async () => look(await finishedRun()));

const eventsOf = async (workflowId: string) => {
  const { events } = await stack.environment.client.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
};

/** The details that the UI shows, as the server passes them on. */
async function rawDetails(workflowId: string): Promise<Payload | null | undefined> {
  const { queryResult } = await stack.environment.client.workflowService.queryWorkflow({
    namespace: stack.environment.namespace ?? 'default',
    execution: { workflowId },
    query: { queryType: '__temporal_workflow_metadata' },
  });
  return queryResult?.payloads?.[0];
}

async function details(workflowId: string): Promise<string> {
  const handle = stack.environment.client.workflow.getHandle(workflowId);
  const answer = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return answer.currentDetails;
}

const encodingOf = (payload: Payload | null | undefined) =>
  Buffer.from(payload?.metadata?.['encoding'] ?? []).toString();

describe('a finished run in the UI', () => {
  it('shows the verdict first, then cause, remedy, stages, removal and the path of the report', async () => {
    await withRun({ data: { broken: { assertInstalled: '' }, says: 'a | b\n`c`' } }, async ({ runId }) => {
      const text = await details(runId);
      expect(text).toMatch(/^\*\*failed\*\*, partial: sample main \([0-9a-f]{8}\)\n/);
      expect(text).toContain(
        'Cause: E\\_ASSERTION: install: answers over the public hostname: a \\| b \\`c\\`',
      );
      expect(text).toMatch(/What to do next: \w/);
      expect(text).toMatch(
        /^\| install \| \*\*fail\*\* \| \d+\.\d\u00a0s \| 1 \| answers .* a \\\| b .* \|$/m,
      );
      expect(text).toMatch(/Removal: 2 objects removed in .*, nothing left/);
      expect(text).toContain(`Report: \`runs/${runId}/report.html\``);
      expect(text).not.toContain(stack.folder);
    });
  });

  it('has a memo that says the same without a worker', async () => {
    let seen: SeenRun | undefined;
    await withRun({}, (run) => Promise.resolve(void (seen = run)));
    const { memo } = await stack.environment.client.workflow.getHandle(seen?.runId ?? '').describe();
    expect(memo).toMatchObject({
      recipe: 'sample',
      ref: 'main',
      verdict: 'passed',
      report: `runs/${seen?.runId ?? ''}/report.html`,
    });
  });

  it('has a guard that says what it guarded, why it removed it and what is left, and has its attributes', async () => {
    await withRun({}, async ({ runId, guardId }) => {
      const text = await details(guardId);
      expect(text).toMatch(/^\*\*removed\*\*: 2 objects, nothing left\n/);
      expect(text).toContain(`\`${runId}\` (sample main)`);
      for (const row of [
        '| removal because | the run is done with it |',
        '| passes | 1 in ',
        '| left | nothing |',
      ]) {
        expect(text).toContain(row);
      }
      const { typedSearchAttributes } = await stack.environment.client.workflow.getHandle(guardId).describe();
      const values = Object.values(SEARCH_KEYS).map((key) => [key.name, typedSearchAttributes.get(key)]);
      expect(Object.fromEntries(values)).toEqual({
        CciRecipe: 'sample',
        CciRef: 'main',
        CciTrigger: 'manual',
        CciHost: stack.variables['CCI_HOST'],
        CciVerdict: 'passed',
        CciStage: undefined,
        CciLevel: undefined,
        CciPullRequest: undefined,
      });
    });
  });

  it('has a summary for itself, its guard, and every activity, timer and child of both, all encrypted', async () => {
    await withRun({}, async ({ runId, guardId }) => {
      for (const id of [runId, guardId]) {
        const described = await stack.environment.client.workflow.getHandle(id).describe();
        expect(await described.staticSummary()).toContain(id === runId ? 'sample' : 'guard of samp-');
        expect(await described.staticDetails()).toMatch(/\w{3}/);
        const named = (await eventsOf(id)).filter(
          (event) =>
            event.activityTaskScheduledEventAttributes ??
            event.timerStartedEventAttributes ??
            event.startChildWorkflowExecutionInitiatedEventAttributes ??
            event.workflowExecutionStartedEventAttributes,
        );
        expect(named.length).toBeGreaterThan(4);
        const encodings = named.map(({ userMetadata }: { userMetadata?: Metadata | null }) =>
          encodingOf(userMetadata?.summary),
        );
        expect(new Set(encodings)).toEqual(new Set(['binary/encrypted']));
        expect(encodingOf(await rawDetails(id))).toBe('binary/encrypted');
      }
    });
  });
});
