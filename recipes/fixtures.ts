import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { test as base } from '@playwright/test';
import { mediaType } from '../domain/http.ts';
import type { Version } from '../domain/plan.ts';
import type { SpecContext } from '../domain/spec-context.ts';
import type { SsoFacts } from '../domain/sso.ts';
import type { Stage } from '../domain/stages.ts';
import { retryWrites } from './retry-writes.ts';
import { createSpecHttp, type SpecAnswer, type SpecHttp, type SpecRequest } from './spec-http.ts';
import { readSpecContext } from './spec-context.ts';

export { expect } from '@playwright/test';
export { isIngressNotFound } from '../domain/http.ts';
export { findInFrames } from './find-in-frames.ts';
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

/** Data of the run that the app holds. Specs look at it; the orchestrator writes and destroys it. */
export interface SpecMarker {
  /** What every marker holds. */
  readonly value: string;
  /** Secret of the run, from which passwords of accounts derive; empty in specs of the recipe's own repository. */
  readonly seed: string;
  readonly markers: SpecContext['markers'];
}

/** The client with writes that are tried again for at most 90 s; every retry becomes an annotation of the test. */
export interface FixtureHttp extends SpecHttp {
  readonly retryWrites: (pathOrUrl: string, make: (attempt: number) => SpecRequest) => Promise<SpecAnswer>;
}

/** What an address answers, without reading anything into it (spec R-35). */
export interface ProbeAnswer {
  readonly status: number;
  /** Media type; empty when the answer names none. */
  readonly contentType: string;
  /** Bytes of the body. */
  readonly size: number;
}

/** A dependency of the app that is ready. */
export interface ReadyDependency {
  readonly domain: string;
  /** `https://<domain>/` */
  readonly url: string;
}

interface Fixtures {
  readonly app: AppUnderTest;
  /** The app's dependencies by recipe. A test that asks for them is skipped while one is not ready (spec R-38). */
  readonly deps: Readonly<Record<string, ReadyDependency>>;
  /** The realm, client and user of this run. A test that asks for it is skipped while the provider is not ready. */
  readonly sso: SsoFacts;
  readonly marker: SpecMarker;
  readonly http: FixtureHttp;
  readonly probe: { readonly http: (path: string) => Promise<ProbeAnswer> };
  /** Errors that the page reported so far: uncaught exceptions, `console.error`, resources that could not be loaded. */
  readonly consoleErrors: readonly string[];
}

interface WorkerFixtures {
  readonly turn: undefined;
}

/** Between two looks for the turn of the specs. */
const LOOK_MS = 20;

/** Playwright's `test` with what specs of a recipe need. Specs assert and use the app; they never operate on it. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  // Specs are loaded while the app is still being worked on; nothing of a test runs before its turn.
  turn: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const { turn } = readSpecContext();
      while (turn !== undefined && !existsSync(turn)) await delay(LOOK_MS);
      await use(undefined);
    },
    { scope: 'worker', auto: true, timeout: 0 },
  ],
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
  // eslint-disable-next-line no-empty-pattern
  deps: async ({}, use, test) => {
    const { deps } = readSpecContext();
    const unready = deps.filter((dependency) => dependency.unready !== undefined);
    test.skip(
      unready.length > 0,
      unready.map((one) => `${one.recipe} is not ready: ${one.unready}`).join('; '),
    );
    await use(
      Object.fromEntries(deps.map(({ recipe, domain }) => [recipe, { domain, url: `https://${domain}/` }])),
    );
  },
  sso: async ({ deps }, use) => {
    const { sso } = readSpecContext();
    if (sso === undefined)
      throw new Error(`no sso in recipe.ts; dependencies: ${Object.keys(deps).join(', ')}`);
    await use(sso);
  },
  // eslint-disable-next-line no-empty-pattern
  marker: async ({}, use) => {
    const { marker, markers, seed } = readSpecContext();
    await use({ value: marker, markers, seed });
  },
  http: async ({ app }, use, { annotations }) => {
    const { ingress, ca } = readSpecContext();
    const http = createSpecHttp({ ingress, baseUrl: app.url, ...(ca === undefined ? {} : { ca }) });
    const onRetry = (why: string) => annotations.push({ type: 'retry', description: why });
    await use({
      ...http,
      retryWrites: (pathOrUrl, make) => retryWrites(http.request, pathOrUrl, make, { onRetry }),
    });
  },
  probe: async ({ http }, use) => {
    await use({
      http: async (path) => {
        const answer = await http.get(path);
        return { status: answer.status, contentType: mediaType(answer), size: answer.body.length };
      },
    });
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
