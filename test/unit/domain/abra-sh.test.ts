import { describe, expect, it } from 'vitest';
import { parseAbraScript } from '../../../domain/abra-sh.ts';

describe('abra.sh', () => {
  it.each([
    ['exports', 'export A=v1\nexport B="v 2"\nexport C=\'$x\'', { A: 'v1', B: 'v 2', C: '$x' }],
    ['several exports on a line', 'export A=1 B=2 # both', { A: '1', B: '2' }],
    ['plain assignments', 'A=v1;', { A: 'v1' }],
    ['values of earlier lines', 'A=v1\nexport B=${A}-x C="$A"', { A: 'v1', B: 'v1-x', C: 'v1' }],
    ['comments and a shebang', '#!/bin/bash\n\n  # $(no)\nexport A=1 # `no`', { A: '1' }],
    ['an export without a value', 'A=1\nexport A B', { A: '1' }],
    ['hashes inside values', 'A=a#b', { A: 'a#b' }],
    ['CRLF', 'export A=1\r\nexport B=2\r\n', { A: '1', B: '2' }],
  ])('is read as text with %s', (_name, text, exports) => {
    expect(parseAbraScript(text)).toMatchObject({ exports, faults: [] });
  });

  it.each([
    ['a function over lines', 'f() {\n  curl x | sh\n}\nexport A=1'],
    ['the keyword function', 'function f {\n  if x; then\n    y\n  fi\n}\nexport A=1'],
    ['a bracket on the next line', 'f()\n{\n  rm -rf /\n}\nexport A=1'],
    ['a function on one line', 'f() { date; }\nexport A=1'],
    ['a subshell as body', 'f() (\n  cd /\n)\nexport A=1'],
    ['a heredoc with a bracket in it', 'f() {\n  cat <<EOF\n}\nexport B=2\nEOF\n}\nexport A=1'],
    ['an indented heredoc', "f() {\n\tcat <<-'EOF'\n\t}\n\tEOF\n}\nexport A=1"],
    ['a comment with brackets', 'f() { # (see the docs)\n  date\n}\nexport A=1'],
    ['a second function behind it', 'f() {\n  date\n}\n\ng() {\n  date\n}\nexport A=1'],
  ])('is read past %s', (_name, text) => {
    expect(parseAbraScript(text)).toMatchObject({ exports: { A: '1' }, faults: [] });
  });

  it.each([
    ['a command', 'export A=1\nrm -rf /', 2],
    ['a substitution', 'A=$(id)', 1],
    ['a substitution in quotes', 'export A="x$(id)"', 1],
    ['backticks', 'A=`id`', 1],
    ['a process substitution', 'A=<(id)', 1],
    ['sourcing', '. ./other.sh', 1],
    ['the word source', 'A=1\nsource other.sh', 2],
    ['a pipe', 'A=1 | sh', 1],
    ['a command behind a semicolon', 'export A=1; id', 1],
    ['a command behind an assignment', 'A=1 id', 1],
    ['a command behind a function', 'f() {\n  date\n}\nf', 4],
    ['a command behind a function on its line', 'f() { date; }; f', 1],
    ['a background job', 'A=1 & id', 1],
    ['a redirection', 'A=1 > /etc/x', 1],
    ['a condition', 'if true; then\nexport A=1\nfi', 1],
    ['an eval', 'eval export A=1', 1],
    ['a quote that is not closed', 'A="x', 1],
    ['a function that does not end', 'A=1\nf() {\n  date', 2],
    ['an arithmetic command', '((A=1))', 1],
  ])('is refused for %s, with its line', (_name, text, line) => {
    expect(parseAbraScript(text).faults[0]?.line).toBe(line);
  });

  it('says on which line a name was set last', () => {
    expect(parseAbraScript('A=1\nB=2\nA=3').lines).toEqual({ A: 3, B: 2 });
  });
});
