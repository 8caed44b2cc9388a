import { describe, expect, it } from 'vitest';
import { renderAnsi } from '../../../activities/support/report/ansi.ts';

describe('a line of a log', () => {
  it.each([
    ['plain <text>', 'plain &lt;text&gt;'],
    ['\u001b[31mred\u001b[0m not', '<span class="c1">red</span> not'],
    [
      '\u001b[1;4;92mall\u001b[22;24m less\u001b[39m',
      '<span class="bold underline c10">all</span><span class="c10"> less</span>',
    ],
    ['\u001b[31;44mon blue\u001b[49mred', '<span class="b4">on blue</span><span class="c1">red</span>'],
    ['\u001b[2;3mx\u001b[23;22;101my', '<span class="dim italic">x</span><span class="b9">y</span>'],
    ['\u001b[mno parameters', 'no parameters'],
  ])('has the look that its sequences select: %j', (line, html) => {
    expect(renderAnsi(line).toString()).toBe(html);
  });

  it.each([
    ['38;5;9', 'c9'],
    ['38;5;196', 'c9'],
    ['38;5;22', 'c2'],
    ['38;5;232', 'c0'],
    ['38;5;255', 'c15'],
    ['38;2;10;20;200', 'c12'],
    ['38;2;120;0;0', 'c1'],
    ['48;5;3', 'b3'],
  ])('has the nearest basic colour for %s', (parameters, name) => {
    expect(renderAnsi(`\u001b[${parameters}mx`).toString()).toBe(`<span class="${name}">x</span>`);
  });

  it('goes on with what follows a colour of a larger palette', () => {
    expect(renderAnsi('\u001b[38;2;255;0;0;1mx').toString()).toBe('<span class="c9 bold">x</span>');
  });

  it.each([
    ['\u001b[2K\u001b[1Gdrawn', 'drawn'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://a.test\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Btext\u001b=', 'text'],
    ['10 %\r20 %\r', '20 %'],
    ['cut off \u001b', 'cut off '],
  ])('leaves out what only a terminal could obey: %j', (line, text) => {
    expect(renderAnsi(line).toString()).toBe(text);
  });

  it('makes no element of what stands between sequences', () => {
    expect(renderAnsi('\u001b[31m<script>\u001b[0m"&').toString()).toBe(
      '<span class="c1">&lt;script&gt;</span>&quot;&amp;',
    );
  });
});
