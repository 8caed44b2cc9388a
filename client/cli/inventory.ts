import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { z } from 'zod';
import type { ClientConfig } from '../../domain/config.ts';
import { DECISIONS_QUEUE } from '../../domain/queues.ts';
import { ownedSchema } from '../../domain/results.ts';
import { withClient } from '../connection.ts';
import { isTransient, within } from '../rpc.ts';
import { BROKEN, UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

const LIMIT_MS = 30_000;

const itemsSchema = z.array(
  ownedSchema.extend({ environmentId: z.string().optional(), runId: z.string().optional() }),
);
type Items = z.infer<typeof itemsSchema>;

export function addInventory(program: Command): void {
  const inventory = program
    .command('inventory')
    .description('list everything that runs of this installation have on its host now')
    .option('--json', 'print one JSON document: {"items": [...]}')
    .action(async (options: { json?: true }) => {
      await withStack(async () => {
        const config = terminal.config();
        const items = await withClient(config, (client) => takeInventory(client, config));
        if (options.json) terminal.json({ items });
        else for (const line of renderInventory(items)) terminal.print(line);
        return 0;
      });
    });
  helpAfter(inventory, {
    examples: [
      ['cc-ci inventory', 'empty when no run is under way: nothing is left behind'],
      ['cc-ci inventory --json', 'the same for another program'],
    ],
    exits: 'plain',
  });
}

async function takeInventory(client: Client, config: ClientConfig): Promise<Items> {
  const { CCI_HOST: host, CCI_INSTANCE: instance } = config;
  try {
    const result: unknown = await within(client, LIMIT_MS, () =>
      client.workflow.execute('inventory', {
        workflowId: `inventory-${host}-${randomUUID().slice(0, 8)}`,
        taskQueue: DECISIONS_QUEUE,
        args: [{ host, instance }],
        // It only reads: nothing is lost when it is cut off.
        workflowExecutionTimeout: LIMIT_MS,
        staticSummary: `inventory of ${host}`,
      }),
    );
    return itemsSchema.parse(result);
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new UserError(`no worker of host ${host} answered in time`, 'Start one with `npm run up`', {
      exitCode: BROKEN,
      cause: error,
    });
  }
}

/** One block per environment; things without one last. */
export function renderInventory(items: Items): string[] {
  if (items.length === 0) return ['Nothing: no environment of this installation has anything on the host.'];
  const groups = Map.groupBy(items, ({ environmentId }) => environmentId ?? '');
  const sorted = [...groups].toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a.localeCompare(b)));
  return sorted.flatMap(([environment, group]) => {
    const run = group.find(({ runId }) => runId !== undefined)?.runId;
    const head = environment === '' ? 'without an environment' : `environment ${environment}`;
    return [
      `${head}${run === undefined ? '' : ` of ${run}`}`,
      ...group.map(({ kind, name }) => `  ${kind.padEnd(10)} ${name}`),
    ];
  });
}
