import { test as base } from '@playwright/test';
import type { Version } from '../domain/plan.ts';
import type { Stage } from '../domain/stages.ts';
import { createSpecHttp, type SpecHttp } from './spec-http.ts';
import { readSpecContext } from './spec-context.ts';

export { expect } from '@playwright/test';
export { isIngressNotFound } from '../domain/http.ts';
export { gotoWithRetry } from './goto-with-retry.ts';

/** The app under test, deployed and converged. */
export interface AppUnderTest {
  readonly recipe: string;
  readonly version: Version;
  readonly stage: Stage;
  readonly domain: string;
  /** `https://<domain>/` */
  readonly url: string;
}

interface Fixtures {
  readonly app: AppUnderTest;
  readonly http: SpecHttp;
  /** Errors that the page reported so far: uncaught exceptions, `console.error`, resources that could not be loaded. */
  readonly consoleErrors: readonly string[];
}

/** Playwright's `test` with what specs of a recipe need. Specs assert and use the app; they never operate on it. */
export const test = base.extend<Fixtures>({
  // Playwright reads the names of the fixtures that a fixture needs from a destructured first parameter.
  // eslint-disable-next-line no-empty-pattern
  app: async ({}, use) => {
    const { app, version, stage } = readSpecContext();
    await use({
      recipe: app.recipe,
      version,
      stage,
      domain: app.domain,
      url: `https://${app.domain}/`,
    });
  },
  http: async ({ app }, use) => {
    const { ingress, ca } = readSpecContext();
    await use(createSpecHttp({ ingress, baseUrl: app.url, ...(ca === undefined ? {} : { ca }) }));
  },
  consoleErrors: async ({ app, page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      const { url } = message.location();
      // The browser looks for this icon by itself; that a site has none is no error of the page.
      const own = url === `${app.url}favicon.ico`;
      if (message.type() === 'error' && !own) errors.push(`${message.text()} (${url})`);
    });
    await use(errors);
  },
});
