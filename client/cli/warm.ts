import type { Command } from 'commander';
import type { WarmStatus } from '../../domain/warm.ts';
import { withClient } from '../connection.ts';
import { bringUp, parseProvider, takeDown, warmStatus } from '../warm.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

interface WarmOptions {
  readonly force?: true;
  readonly json?: true;
}

export function addWarm(program: Command): void {
  const command = program
    .command('warm')
    .description('keep an identity provider up for all runs, each of which gets a realm of its own');
  const up = verb(
    command,
    'up',
    'keep an identity provider up for all runs, or upgrade it; waits until it serves',
  );
  up.action(async (name: string, { json }: WarmOptions) => {
    const recipe = parseProvider(name);
    await withStack(async () => {
      const config = terminal.config();
      const status = await withClient(config, (client) => bringUp(client, config, recipe, tell));
      print(status, json);
      return status.fault === undefined && status.healthy ? 0 : 1;
    });
  });
  const down = verb(command, 'down', 'remove the provider that is kept warm, with all data').option(
    '--force',
    'also while runs have realms there, which fails them',
  );
  down.action(async (name: string, { force, json }: WarmOptions) => {
    const recipe = parseProvider(name);
    await withStack(async () => {
      const config = terminal.config();
      const request = { recipe, force: force ?? false };
      const status = await withClient(config, (client) => takeDown(client, config, request, tell));
      print(status ?? none(recipe), json);
      return (status?.left ?? []).length === 0 ? 0 : 4;
    });
  });
  const status = verb(command, 'status', 'show how the provider that is kept warm stands');
  status.action(async (name: string, { json }: WarmOptions) => {
    const recipe = parseProvider(name);
    await withStack(async () => {
      const config = terminal.config();
      const found = await withClient(config, (client) => warmStatus(client, config, recipe));
      print(found ?? none(recipe), json);
      return found?.healthy ? 0 : 1;
    });
  });
  const examples: [string, string][] = [
    ['cc-ci warm up keycloak', 'from now on runs use it instead of deploying their own'],
    ['cc-ci warm status keycloak', 'version, health, and how many runs use it'],
    ['cc-ci warm down keycloak', 'remove it; runs deploy their own again'],
  ];
  helpAfter(command, { examples, exits: 'warm' });
  for (const [index, one] of [up, status, down].entries()) {
    helpAfter(one, { examples: examples.slice(index, index + 1), exits: 'warm' });
  }
}

function verb(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument('<recipe>', 'recipe of the provider: keycloak')
    .option('--json', 'print one JSON document: {"recipe": ..., "phase": ..., "healthy": ..., ...}');
}

function tell({ recipe, phase, wanted }: WarmStatus): void {
  terminal.say(`cc-ci: ${recipe}: ${phase}${wanted === undefined ? '' : ` ${wanted}`}`);
}

/** There is none, or no longer. */
function none(recipe: WarmStatus['recipe']): WarmStatus {
  return { recipe, phase: 'removed' };
}

function print(status: WarmStatus, json: true | undefined): void {
  if (json) terminal.json(status);
  else for (const line of renderWarm(status)) terminal.print(line);
}

/** How it stands, as a person reads it. */
export function renderWarm(status: WarmStatus): string[] {
  const { recipe, phase, domain, version, healthy, reason, realms, at, fault, left = [] } = status;
  if (phase === 'removed' && left.length === 0) return [`${recipe} is not kept warm; runs deploy their own.`];
  const state = phase === 'serving' ? (healthy ? 'healthy' : 'not healthy') : phase;
  return [
    [recipe, ...(version === undefined ? [] : [version]), state].join(' '),
    ...(domain === undefined ? [] : [`  https://${domain}`]),
    ...(realms === undefined ? [] : [`  ${realms === 1 ? '1 realm of a run' : `${realms} realms of runs`}`]),
    ...(reason === undefined ? [] : [`  ${reason}`]),
    ...(fault === undefined ? [] : [`  ${fault}`]),
    ...(at === undefined ? [] : [`  looked at ${at}`]),
    ...left.map(({ kind, name }) => `  left: ${kind} ${name}`),
  ];
}
