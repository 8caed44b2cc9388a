import { expect, it } from 'vitest';
import { createScreen } from '../../../docs/terminal-screen.ts';

const CSI = '\u001B[';

function shown(output: string): string[] {
  const screen = createScreen();
  screen.write(output);
  return screen.lines().map((line) => line.map(({ text }) => text).join(''));
}

it('the screen of the pictures keeps what was written last in each place', () => {
  expect(shown(`one\r\ntwo\r\n${CSI}1A${CSI}2K${CSI}Gagain`)).toEqual(['one', 'again']);
  expect(shown(`abcdef${CSI}4G${CSI}K`)).toEqual(['abc']);
  expect(shown(`a\r\n\r\n${CSI}2A${CSI}3Gc${CSI}1Bd`)).toEqual(['a c', '   d']);
});

it('the screen of the pictures tells colours and dim text apart, and ignores modes', () => {
  const screen = createScreen();
  screen.write(`${CSI}?25l${CSI}32m✓${CSI}39m ok ${CSI}2mlater${CSI}22m`);
  expect(screen.lines()).toEqual([
    [
      { text: '✓', colour: 'green', dim: false },
      { text: ' ok ', colour: undefined, dim: false },
      { text: 'later', colour: undefined, dim: true },
    ],
  ]);
});
