import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { followRun } from '../../../client/follow-run.ts';
import { describeFailure } from '../../../client/user-error.ts';
import { buildResults } from '../../../domain/build-results.ts';

const { temporal } = proto;
const v1 = temporal.api.workflowservice.v1;
const { WorkflowExecutionStatus, EventType } = temporal.api.enums.v1;

const RUN = 'run-sample-0a1b2c3';
const GUARD = `guard-${RUN}-0a1b2c3d`;
const EARLIER = new Date('2025-06-01T10:00:00Z');
const STARTED = new Date('2025-06-01T12:00:00Z');

const results = buildResults({
  input: {
    recipe: 'sample',
    source: '/srv/sample',
    head: '3f2a9c1d'.repeat(5),
    ref: 'main',
    stages: ['install'],
    trigger: 'manual',
    host: 'local',
    zone: 'ci.test',
    instance: '0a1b2c3d',
    deadlineMs: 1,
    leaseWaitMs: 1,
  },
  runId: RUN,
  startedAt: STARTED.toISOString(),
  nowMs: STARTED.getTime(),
  stages: [],
  deployCount: 0,
  images: [],
});

const TEARDOWN = { cause: 'parent-closed', killed: 0, removed: [], left: [], passes: 1, durationMs: 1 };

const fault = (code: number) =>
  Object.assign(new Error(`status ${code}`), { code, details: 'scripted', metadata: { get: () => [] } });
const AWAY = fault(14);
const NOT_FOUND = fault(5);
const time = (at: Date) => ({ seconds: at.getTime() / 1000 });

type Answer = Uint8Array | Error;

/** A client whose server gives the answers of a method in their order, the last one again and again. */
function clientOf(script: Readonly<Record<string, readonly [Answer, ...Answer[]]>>) {
  const asked: string[] = [];
  const deadlines: number[] = [];
  const lazy = Connection.lazy();
  const connection: ConnectionLike = {
    workflowService: v1.WorkflowService.create((method, _request, callback) => {
      const answers = script[method.name] ?? [fault(12)];
      const nth = asked.filter((name) => name === method.name).length;
      asked.push(method.name);
      const answer = answers[Math.min(nth, answers.length - 1)] ?? AWAY;
      if (answer instanceof Error) callback(answer);
      else callback(null, answer);
    }),
    operatorService: lazy.operatorService,
    plugins: [],
    close: () => Promise.resolve(),
    ensureConnected: () => Promise.resolve(),
    withDeadline: (deadline, body) => {
      deadlines.push(Number(deadline) - Date.now());
      return body();
    },
    withMetadata: (_metadata, body) => body(),
    withAbortSignal: (_signal, body) => body(),
  };
  return { client: new Client({ connection }), asked, deadlines };
}

function describedAs(status: number, startTime: Date): Uint8Array {
  const execution = { workflowId: RUN, runId: 'e1' };
  const type = { name: 'recipeRun' };
  const info = { execution, type, status, startTime: time(startTime), taskQueue: 'decisions' };
  const response = v1.DescribeWorkflowExecutionResponse.fromObject({ workflowExecutionInfo: info });
  return v1.DescribeWorkflowExecutionResponse.encode(response).finish();
}

function endedWith(value: unknown): Uint8Array {
  const result = { payloads: [defaultPayloadConverter.toPayload(value)] };
  return v1.GetWorkflowExecutionHistoryResponse.encode({
    history: {
      events: [
        {
          eventType: EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
          workflowExecutionCompletedEventAttributes: { result },
        },
      ],
    },
  }).finish();
}

function guardsAt(...starts: Date[]): Uint8Array {
  const executions = starts.map((start) => ({
    execution: { workflowId: GUARD, runId: 'g1' },
    type: { name: 'environmentGuard' },
    status: WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED,
    startTime: time(start),
  }));
  const response = v1.ListWorkflowExecutionsResponse.fromObject({ executions });
  return v1.ListWorkflowExecutionsResponse.encode(response).finish();
}

const follow = (client: Client, notices: string[] = []) =>
  followRun(client, RUN, {
    host: 'local',
    since: STARTED,
    onSnapshot: ({ notice }) => notices.push(notice ?? ''),
    signal: new AbortController().signal,
  });

const { WORKFLOW_EXECUTION_STATUS_COMPLETED: COMPLETED, WORKFLOW_EXECUTION_STATUS_TERMINATED: TERMINATED } =
  WorkflowExecutionStatus;

describe.concurrent('following a run', () => {
  it('reads the results of a run that passed just before the server went away', async () => {
    const { client, deadlines } = clientOf({
      DescribeWorkflowExecution: [describedAs(COMPLETED, STARTED)],
      GetWorkflowExecutionHistory: [AWAY, endedWith(results)],
    });
    const notices: string[] = [];
    expect(await follow(client, notices)).toEqual({ kind: 'results', results });
    expect(notices).toEqual(['Temporal does not answer; trying again']);
    // Two looks and two results, none of which may wait without end.
    expect(deadlines).toHaveLength(4);
    expect(Math.max(...deadlines)).toBeLessThanOrEqual(5_000);
  });

  it('says what to do when another version of cc-ci wrote the results', async () => {
    const { client } = clientOf({
      DescribeWorkflowExecution: [describedAs(COMPLETED, STARTED)],
      GetWorkflowExecutionHistory: [endedWith({ ...results, schemaVersion: 1 })],
    });
    const failure: unknown = await follow(client).catch((error: unknown) => error);
    expect(describeFailure(failure)).toEqual({
      line: `the results of ${RUN} were written by another version of cc-ci. Read them with that version, or start the run again with this one`,
      exitCode: 3,
    });
  });

  it('finds the guard of a terminated run although the server is away at first', async () => {
    const { client, asked } = clientOf({
      DescribeWorkflowExecution: [describedAs(TERMINATED, STARTED)],
      ListWorkflowExecutions: [AWAY, AWAY, AWAY, AWAY, AWAY, AWAY, guardsAt(), guardsAt(STARTED)],
      GetWorkflowExecutionHistory: [endedWith({ teardown: TEARDOWN, results })],
    });
    expect(await follow(client)).toEqual({ kind: 'results', results });
    expect(asked.filter((name) => name === 'ListWorkflowExecutions')).toHaveLength(8);
  });

  it.each([
    ['was terminated before the first look', 'TERMINATED', describedAs(TERMINATED, STARTED)],
    ['was deleted before the first look', 'GONE', NOT_FOUND],
  ])('takes no guard of an earlier execution for a run that %s', async (_what, status, description) => {
    const { client } = clientOf({
      DescribeWorkflowExecution: [description],
      ListWorkflowExecutions: [guardsAt(EARLIER)],
      GetWorkflowExecutionHistory: [endedWith({ teardown: TEARDOWN, results })],
    });
    expect(await follow(client)).toEqual({ kind: 'closed', status, detail: 'it had no environment yet' });
  });
});
