import { describe, expect, it } from 'vitest';
import { composeOf, faultlessApp, lint } from './recipe-text.ts';

/** A recipe whose restore hook, on line 12, is given; `/hook.sh` is `hook.sh` of the repository. */
function withHook(hook: string, script = '#!/bin/sh\n') {
  const labels = [
    "        - 'backupbot.backup=true'\n",
    "        - 'backupbot.backup.pre-hook=/hook.sh backup'\n",
    `        - "backupbot.restore.post-hook=${hook}"\n`,
  ].join('');
  const mounts = '    volumes: [data:/data]\n    configs: [{ source: hook, target: /hook.sh, mode: 0555 }]\n';
  const rest = 'volumes:\n  data:\nconfigs:\n  hook:\n    file: hook.sh\n';
  return { compose: composeOf(faultlessApp(labels + mounts), rest), files: { 'hook.sh': script } };
}

describe('CCI-HOOK-PIPEFAIL', () => {
  it.each([
    ['a script', '#!/bin/sh\nset -e\n# from | to\ngunzip -c /data/x | mysql\n', 'hook.sh:4'],
    ['a branch of a case', '#!/bin/sh\ncase "$1" in\n  a|b) x | y ;;\nesac\n', 'hook.sh:3'],
  ])('fires on a pipe in %s of the repository [F-46]', async (_title, script, place) => {
    expect(await lint(withHook('/hook.sh restore', script))).toEqual([`CCI-HOOK-PIPEFAIL ${place}`]);
  });

  it.each(['gunzip -c /data/x | mysql', "sh -c 'gunzip -c /data/x | mysql'"])(
    'fires on a pipe in the hook itself: %s [F-46]',
    async (hook) => {
      expect(await lint(withHook(hook))).toEqual(['CCI-HOOK-PIPEFAIL compose.yml:12']);
    },
  );

  it.each([
    ['pipefail is set', '#!/bin/bash\nset -euo pipefail\ngunzip -c x | mysql\n'],
    ['the interpreter is told so', '#!/bin/bash -o pipefail\ngunzip -c x | mysql\n'],
    ['the bar is an alternative', 'case "$1" in\n  backup|restore) run ;;\n  "a" | b) run ;;\nesac\n'],
    ['the bar is an or', 'run || exit 1\n'],
    ['the bar is text', 'echo \'a | b\' "c | d" # e | f\n'],
    ['the bar is part of a template', 'run {{ env "X" | printf "%s" }}\n'],
    ['the bar is in a here-document', "psql <<'SQL'\nselect a | b;\nSQL\n"],
  ])('does not fire when %s [F-46]', async (_title, script) => {
    expect(await lint(withHook('/hook.sh restore', script))).toEqual([]);
  });

  it('still sees a pipe behind the end of a here-document [F-46]', async () => {
    const script = 'psql <<SQL\nselect 1;\nSQL\na | b\n';
    expect(await lint(withHook('/hook.sh restore', script))).toEqual(['CCI-HOOK-PIPEFAIL hook.sh:4']);
  });

  it('leaves scripts alone that no hook calls', async () => {
    const { compose, files } = withHook('/hook.sh restore', 'a | b\n');
    const unused = compose.replaceAll('/hook.sh backup', 'true').replaceAll('/hook.sh restore', 'true');
    expect(await lint({ compose: unused, files })).toEqual([]);
  });
});
