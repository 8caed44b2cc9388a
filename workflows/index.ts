export { environmentGuard } from './environment-guard.ts';
export { hostPool } from './host-pool.ts';
export { inventory } from './inventory.ts';
export { janitor } from './janitor.ts';
export { recipePlan } from './recipe-plan.ts';
export { recipeRun } from './recipe-run.ts';
export { warmProvider } from './warm-provider.ts';
