import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../activities/support/load-recipe.ts';
import { composeStackSchema } from '../../../domain/compose.ts';
import { applyOverlay, describeOverlay, overlaySchema } from '../../../domain/overlay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const checkout = temporaryFolder();

function load(name: string, overlay: string) {
  const folder = join(checkout, 'recipes', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'compose.ccci.yml'), overlay);
  return loadRecipe(name, checkout);
}

describe('the overlay of a recipe folder', () => {
  it('is loaded with the folder, and absent without a file', async () => {
    const text =
      'services:\n  db:\n    image: bitnamilegacy/mysql:8\n    healthcheck: {start_period: 2m, retries: 9}\n';
    expect((await load('pinned', text)).overlay).toEqual({
      services: { db: { image: 'bitnamilegacy/mysql:8', healthcheck: { start_period: '2m', retries: 9 } } },
    });
    expect(await loadRecipe('nothing-here', checkout)).not.toHaveProperty('overlay');
  });

  it.each([
    ['another key of a service', 'services: {app: {environment: {A: b}}}', /services\.app: .*environment/],
    ['another test', 'services: {app: {healthcheck: {test: "true"}}}', /services\.app\.healthcheck: .*test/],
    ['another section', 'services: {}\nvolumes: {more: {}}', /volumes/],
    ['a number of seconds', 'services: {app: {healthcheck: {interval: 30}}}', /healthcheck\.interval: /],
    ['an anchor that leads nowhere', 'services: *nothing', /nothing/],
    ['nothing', '', /compose\.ccci\.yml: export: /],
  ])('is refused when it holds %s, naming file and key [R-77]', async (what, text, message) => {
    const name = what.replaceAll(' ', '-');
    await expect(load(name, text)).rejects.toMatchObject({
      code: 'E_RECIPE_FOLDER',
      message: expect.stringMatching(new RegExp(`${name}/compose\\.ccci\\.yml: `)),
    });
    await expect(load(name, text)).rejects.toThrow(message);
  });

  it('is told line by line, for the results [R-77]', () => {
    const overlay = overlaySchema.parse({
      services: { app: { healthcheck: { start_period: '15m', retries: 9 } }, db: { image: 'mysql:9' } },
    });
    expect(describeOverlay(overlay)).toEqual([
      'app: healthcheck.start_period 15m',
      'app: healthcheck.retries 9',
      'db: image mysql:9',
    ]);
  });

  it('changes images and the grace of health checks, and nothing else [R-77]', () => {
    const stack = composeStackSchema.parse({
      services: {
        app: { image: 'nginx:1', healthcheck: { test: ['CMD', 'true'], interval: '5s' }, labels: { a: 'b' } },
        db: { image: 'mysql:8' },
      },
    });
    const overlay = overlaySchema.parse({
      services: { app: { healthcheck: { interval: '30s' } }, db: { image: 'mysql:9' }, gone: { image: 'x' } },
    });
    expect(applyOverlay(stack, overlay).services).toEqual({
      app: { image: 'nginx:1', healthcheck: { test: ['CMD', 'true'], interval: '30s' }, labels: { a: 'b' } },
      db: { image: 'mysql:9' },
    });
    expect(stack.services['db']?.image).toBe('mysql:8');
  });
});
