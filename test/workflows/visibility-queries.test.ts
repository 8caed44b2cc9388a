import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeHost, type HostScript } from './fake-host.ts';
import type { JanitorInput } from '../../domain/janitor.ts';
import type { RunInput } from '../../domain/plan.ts';
import { DECISIONS_QUEUE } from '../../domain/queues.ts';
import { STAGES } from '../../domain/stages.ts';
import { eventually, startHarness, WITH_BASE, type Harness } from './harness.ts';

const PAGE = readFileSync(new URL('../../docs/temporal-ui.md', import.meta.url), 'utf8');

/** The queries of the page by their headings: what people copy is what is executed here. */
const QUERIES = new Map(
  [...PAGE.matchAll(/^### (.+)\n[^#]*?```sql\n([^`]+)\n```/gm)].map(([, heading = '', query = '']) => [
    heading,
    query.replaceAll(/\s+/g, ' '),
  ]),
);

let harness: Harness;
/** Workflow ids of the seeded runs by what they are. */
const seeded = new Map<string, string>();
const LOOK: JanitorInput = {
  ...{ host: 'test', instance: '0a1b2c3d', zone: 'ci.test', reclaim: false, trustNamespace: false },
  ...{ confirmAfterMs: 1_000, atMost: 5, lateEveryMs: 1_000 },
};
const RECIPE: Partial<RunInput> = { recipe: 'ghost' };

async function seed(name: string, script: HostScript, changes: Partial<RunInput>): Promise<void> {
  await harness.serve(new FakeHost(script), async () => {
    const run = await harness.start({ ...RECIPE, ...changes });
    seeded.set(name, run.workflowId);
    await run.result();
  });
}

/** Names of the seeded runs that a query of the page finds; `guard of …` for their guards. */
async function found(heading: string): Promise<string[]> {
  const query = QUERIES.get(heading)?.replaceAll('2026-11-14T00:00:00Z', weekAgo());
  if (query === undefined) throw new Error(`no query under "${heading}" in docs/temporal-ui.md`);
  const names = new Set<string>();
  for await (const { workflowId } of harness.environment.client.workflow.list({ query })) {
    names.add(nameOf(workflowId));
  }
  return [...names].toSorted();
}

function nameOf(workflowId: string): string {
  const [name, id] = [...seeded].find(([, one]) => workflowId.includes(one)) ?? [workflowId, workflowId];
  return workflowId === id ? name : `guard of ${name}`;
}

const weekAgo = () => new Date(Date.now() - 7 * 86_400_000).toISOString();

function hostOfManyOrphans(): FakeHost {
  const host = new FakeHost({ omitted: 1 });
  host.plant(randomUUID());
  return host;
}

describe('the documented queries', () => {
  beforeAll(async () => {
    harness = await startHarness();
    await seed('green', { plan: WITH_BASE }, { stages: [...STAGES] });
    await seed('red', { deployFails: 'E_CRASH_LOOP' }, { ref: 'v2', stages: [...STAGES] });
    await seed('broken', { deployFails: 'E_DOCKER' }, { trigger: 'sweep' });
    await seed('other recipe', { deployFails: 'E_CRASH_LOOP' }, { recipe: 'matrix' });
    await seed('pull request', {}, { trigger: 'pull-request', pullRequest: 7 });
    await seed('leaked', { leakyPasses: 3 }, {});
    await harness.serve(new FakeHost(), async () => {
      const held = await harness.start({ ...RECIPE, holdMs: 3_600_000 });
      seeded.set('held', held.workflowId);
      await eventually('the hold', async () => {
        const { phase } = await held.query<{ phase: string }>('progress');
        return phase === 'held';
      });
    });
    // Nobody serves it, as while the host is away.
    const waiting = await harness.start({ ...RECIPE, host: `away-${randomUUID().slice(0, 4)}` });
    seeded.set('waiting', waiting.workflowId);
    await harness.serve(hostOfManyOrphans(), async () => {
      const options = { workflowId: `janitor-alarm-${randomUUID()}`, taskQueue: DECISIONS_QUEUE };
      await harness.environment.client.workflow.execute('janitor', { ...options, args: [LOOK] });
      seeded.set('alarm', options.workflowId);
    });
    await eventually('everything is visible', async () => {
      const { count } = await harness.environment.client.workflow.count(`WorkflowType = 'recipeRun'`);
      // All but the janitor.
      return count === seeded.size - 1;
    });
  }, 180_000);
  afterAll(() => harness.close());

  it.each([
    [
      'All runs, the latest first',
      ['broken', 'green', 'held', 'leaked', 'other recipe', 'pull request', 'red', 'waiting'],
    ],
    ['All red runs of a recipe this week', ['broken', 'leaked', 'red']],
    ['Runs that the recipe or its tests failed', ['other recipe', 'red']],
    ['Runs under way', ['held', 'waiting']],
    ['Runs that have a verdict and hold their environment', ['held']],
    ['Runs that have not begun their first stage', ['waiting']],
    ['Runs that left something behind', ['leaked']],
    ['Everything about a pull request', ['guard of pull request', 'pull request']],
    ['Runs of the nightly sweep that are not green', ['broken']],
    ['Runs of a branch or tag', ['red']],
    ['Runs below a level', ['red']],
    ['Guards still open', ['guard of held', 'guard of leaked']],
    ['Guards that still remove for a closed run', ['guard of leaked']],
    ['Alarms of the janitor', ['alarm']],
    [
      'Everything on a host',
      [
        ...new Set(
          ['broken', 'green', 'held', 'leaked', 'other recipe', 'pull request', 'red'].flatMap((name) => [
            name,
            `guard of ${name}`,
          ]),
        ),
      ].toSorted(),
    ],
  ])('%s', async (heading, names) => {
    await eventually(`${heading}: ${names.join(', ')}`, async () => {
      const now = await found(heading);
      return now.length === names.length && now.every((name, index) => name === names[index]);
    }).catch(async () => {
      expect(await found(heading)).toEqual(names);
    });
  });

  it('are all tried here', () => {
    expect([...QUERIES.keys()]).toHaveLength(15);
  });
});
