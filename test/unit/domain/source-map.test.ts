import { describe, expect, it } from 'vitest';
import { createSourceMap } from '../../../domain/source-map.ts';

const first = {
  name: 'compose.yml',
  text: `x-labels: &labels
  a: 1
x-more: &more
  stop_grace_period: 1h
services:
  app:
    <<: [*more]
    image: one
    ports:
      - "80:80"
      - "443:443"
    deploy:
      labels: *labels
  db:
    environment:
      - A
      - "B=2"
    deploy:
      labels:
        - "x.\${STACK_NAME}.y=1"
        - 'x.\${OTHER:-z}.y=1'
`,
};
const second = {
  name: 'compose.more.yml',
  text: `services:\r\n  app:\r\n    image: two\r\n    ports: ["8080:80"]\r\n`,
};
const locate = createSourceMap([first, second], { STACK_NAME: 'st' });

describe('the source of a path', () => {
  it.each([
    ['a key', ['services', 'db', 'deploy'], [], 'compose.yml', 18],
    ['a key of the last file that has it', ['services', 'app', 'image'], [], 'compose.more.yml', 3],
    ['a key behind an anchor', ['services', 'app', 'deploy', 'labels', 'a'], [], 'compose.yml', 2],
    ['a key behind a merge', ['services', 'app', 'stop_grace_period'], [], 'compose.yml', 4],
    ['an entry that is recognised by its text', ['services', 'app', 'ports', 2], ['443'], 'compose.yml', 11],
    ['the same in the last file', ['services', 'app', 'ports', 2], ['8080'], 'compose.more.yml', 4],
    ['a map written as a list', ['services', 'db', 'environment', 'B'], [], 'compose.yml', 17],
    ['a name without a value', ['services', 'db', 'environment', 'A'], [], 'compose.yml', 16],
    [
      'a label with a variable in its name',
      ['services', 'db', 'deploy', 'labels', 'x.st.y'],
      [],
      'compose.yml',
      20,
    ],
    ['a default in its name', ['services', 'db', 'deploy', 'labels', 'x.z.y'], [], 'compose.yml', 21],
    ['the nearest ancestor', ['services', 'db', 'deploy', 'replicas'], [], 'compose.yml', 18],
    ['the first line when there is nothing', ['volumes', 'x'], [], 'compose.yml', 1],
  ])('is found for %s', (_name, path, hints, file, line) => {
    expect(locate(path, hints)).toEqual({ file, line });
  });

  it('is the first line of a file that cannot be parsed', () => {
    expect(createSourceMap([{ name: 'a.yml', text: 'a: [' }], {})(['b'])).toEqual({ file: 'a.yml', line: 1 });
  });
});
