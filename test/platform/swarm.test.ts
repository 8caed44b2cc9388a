import { openGuardOperation } from '../../activities/support/open-operation.ts';
import { describeContract, type Scenario } from './contract.ts';
import { openSwarmWorld } from './swarm-world.ts';
import { tinyRecipe, type TinyChange } from './tiny-recipe.ts';

const CHANGES: Record<Scenario, TinyChange> = {
  plain: {},
  looping: { command: '["sh", "-c", "echo cannot start; exit 7"]' },
  refused: { services: '  spy:\n    image: nginx:1.28.0\n    volumes: ["/etc:/host"]\n' },
};

describeContract('swarm', async () => {
  const world = await openSwarmWorld();
  return {
    platform: world.platform,
    paths: world.paths,
    scene: async (scenario) => {
      const change = CHANGES[scenario];
      const recipe = await world.recipe([
        { files: tinyRecipe(change), tags: ['1.0.0+1.28.0'] },
        { files: tinyRecipe({ ...change, image: 'nginx:1.29.0' }) },
      ]);
      const [base = '', head = ''] = recipe.commits;
      return {
        ...world.environment(recipe.path),
        base: { tag: '1.0.0+1.28.0', commit: base, chaos: false },
        head: { commit: head, chaos: true },
      };
    },
    attempt: world.operation,
    removal: async (environment) => (await openGuardOperation(world.options(environment))).operation,
    close: world.close,
  };
});
