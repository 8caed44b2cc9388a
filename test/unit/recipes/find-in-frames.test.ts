import type { Page } from '@playwright/test';
import { describe, expect, it } from 'vitest';
import { findInFrames } from '../../../recipes/find-in-frames.ts';

/** A page whose frames show what `texts` says for each look at it; an error stands for a frame that is gone. */
function scriptedPage(texts: (look: number, reloads: number) => (string | Error)[]) {
  let looks = 0;
  let reloads = 0;
  const page = {
    isClosed: () => false,
    frames: () =>
      texts((looks += 1), reloads).map((text) => ({
        name: () => String(text),
        innerText: () => (text instanceof Error ? Promise.reject(text) : Promise.resolve(text)),
      })),
    reload: () => {
      reloads += 1;
      return Promise.reject(new Error('net::ERR_ABORTED'));
    },
  };
  return { page: page as unknown as Page, reloads: () => reloads };
}

describe('findInFrames', () => {
  it('finds the text in whatever frame shows it, past those that go away [H-07]', async () => {
    const { page, reloads } = scriptedPage((look) =>
      look < 3 ? ['menu'] : ['menu', new Error('Frame was detached'), 'the text: ci-1'],
    );
    const frame = await findInFrames(page, 'ci-1', { timeoutMs: 5000 });
    expect(frame.name()).toBe('the text: ci-1');
    expect(reloads()).toBe(0);
  });

  it('loads the page anew now and then [H-07, F-14]', async () => {
    const { page, reloads } = scriptedPage((_look, loaded) => [loaded > 0 ? 'ci-1' : 'loading']);
    await findInFrames(page, 'ci-1', { timeoutMs: 5000, reloadMs: 600 });
    expect(reloads()).toBe(1);
  });

  it('throws when no frame shows the text in time', async () => {
    const { page } = scriptedPage(() => ['one', 'two']);
    const finding = findInFrames(page, 'ci-1', { timeoutMs: 1200 });
    await expect(finding).rejects.toThrow('no frame showed "ci-1" within 1200 ms: 2 frames');
  });
});
