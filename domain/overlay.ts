import { z } from 'zod';
import type { ComposeService, ComposeStack } from './compose.ts';

const duration = z.string().regex(/^(\d+(\.\d+)?(h|m|s|ms|us))+$/, 'must be a duration such as 90s');

const serviceOverlaySchema = z
  .strictObject({
    /** In place of an image that has vanished from its registry. */
    image: z.string().min(1),
    /** More grace for a host that is slower than the recipe expects; the check itself stays the recipe's. */
    healthcheck: z
      .strictObject({
        start_period: duration,
        interval: duration,
        timeout: duration,
        retries: z.number().int().positive(),
      })
      .partial(),
  })
  .partial();

/**
 * Shape of `recipes/<name>/compose.ccci.yml`: all that cc-ci may change of a recipe's stack, for base and head alike.
 * Anything else would be tested instead of the recipe (spec R-77).
 */
export const overlaySchema = z.strictObject({ services: z.record(z.string(), serviceOverlaySchema) });
export type Overlay = z.infer<typeof overlaySchema>;

/** What an overlay changes, one line each, as `app: healthcheck.start_period 15m`. */
export function describeOverlay({ services }: Overlay): readonly string[] {
  return Object.entries(services).flatMap(([name, { image, healthcheck = {} }]) => [
    ...(image === undefined ? [] : [`${name}: image ${image}`]),
    ...Object.entries(healthcheck).map(([key, value]) => `${name}: healthcheck.${key} ${String(value)}`),
  ]);
}

/** The rendered stack with the overlay; services that this version does not have are left out. The input stays as it is. */
export function applyOverlay(stack: ComposeStack, overlay: Overlay): ComposeStack {
  const services = Object.entries(stack.services).map(([name, service]): [string, ComposeService] => {
    const { image, healthcheck } = overlay.services[name] ?? {};
    return [
      name,
      {
        ...service,
        ...(image === undefined ? {} : { image }),
        ...(healthcheck === undefined ? {} : { healthcheck: { ...service.healthcheck, ...healthcheck } }),
      },
    ];
  });
  return { ...stack, services: Object.fromEntries(services) };
}
