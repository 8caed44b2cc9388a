import { defineRecipe } from '../define.ts';
import { marker } from './marker-page.ts';

/** One volume of files behind nginx: the smallest recipe that has everything a lifecycle needs. */
export const recipe = defineRecipe({
  name: 'custom-html',
  // The page that a new volume is filled with from the image.
  health: { contentType: 'text/html', contains: '<h1>Welcome to nginx!</h1>' },
  marker,
  deployTimeoutSeconds: 300,
  httpTimeoutSeconds: 60,
  // nginx reads its configuration once: what runs then goes on running.
  steadySeconds: 10,
});
