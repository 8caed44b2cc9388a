import { setTimeout as delay } from 'node:timers/promises';
import type { Frame, Page } from '@playwright/test';

export interface FindOptions {
  /** 240,000 ms when absent: editors inside of apps are slow on a cold start. A test needs `test.setTimeout` for that. */
  readonly timeoutMs?: number;
  /** How long to look before the page is loaded anew; 60,000 ms when absent. */
  readonly reloadMs?: number;
}

const TIMEOUT_MS = 240_000;
const RELOAD_MS = 60_000;
const PAUSE_MS = 500;
const ONE_FRAME_MS = 2000;

/**
 * The frame whose visible text contains a text. All frames are looked at, over and over: which of them an app puts its
 * content in, and when it attaches it, is the app's own affair. Throws when none shows the text in time.
 */
export async function findInFrames(page: Page, text: string, options: FindOptions = {}): Promise<Frame> {
  const { timeoutMs = TIMEOUT_MS, reloadMs = RELOAD_MS } = options;
  const end = performance.now() + timeoutMs;
  let loaded = performance.now();
  for (;;) {
    for (const frame of page.frames()) {
      if ((await textOf(frame)).includes(text)) return frame;
    }
    if (page.isClosed() || performance.now() + PAUSE_MS >= end) {
      const seen = page.isClosed() ? 'the page was closed' : `${page.frames().length} frames`;
      throw new Error(`no frame showed ${JSON.stringify(text)} within ${timeoutMs} ms: ${seen}`);
    }
    if (performance.now() - loaded >= reloadMs) {
      // What goes wrong here is seen in the next round, as a page without the text.
      await page.reload({ timeout: reloadMs }).catch(() => undefined);
      loaded = performance.now();
    }
    await delay(PAUSE_MS);
  }
}

/** Empty for a frame that goes away while it is read, or that does not answer. */
async function textOf(frame: Frame): Promise<string> {
  return frame.innerText('body', { timeout: ONE_FRAME_MS }).catch(() => '');
}
