import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markup, trusted } from '../../../activities/support/report/markup.ts';

describe('a template of HTML', () => {
  it('makes text of whatever is put in, and leaves markup as it is', () => {
    const inner = markup`<b>${'<i>'}</b>`;
    expect(markup`<p title="${'"><script>'}">${inner}${undefined}${[1, '&', "'"]}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;script&gt;"><b>&lt;i&gt;</b>1&amp;&#39;</p>',
    );
    expect(markup`${trusted('<hr>')}`.toString()).toBe('<hr>');
  });

  it('lets no text hold a character that could end a text or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = markup`${text}`.toString();
        expect(written).not.toMatch(/[<>"'\0\u001b\u202e]|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(written.isWellFormed()).toBe(true);
      }),
    );
  });

  it('shows characters that would turn a line round or hide in it', () => {
    expect(markup`${'a\u202eb\u0007c\u200f'}`.toString()).toBe('a⟨202e⟩b⟨0007⟩c⟨200f⟩');
  });
});
