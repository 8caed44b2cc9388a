/** Exit code of a child that found itself superseded before it became the command; EX_TEMPFAIL of sysexits(3). */
export const FENCED_EXIT = 75;

/**
 * The order closes the gap between starting a child and checking the fence. This shell carries the marks from its first
 * instant and records itself, and only then looks at the fence; whoever takes over advances the fence, and only then
 * looks for marks. So one of the two always sees the other. Shell builtins alone: no second process, no use of PATH.
 */
const WRAPPER = `
record=$1 barriers=$2
shift 2
read -r stat < /proc/$$/stat && printf '%s %s\\n' "$$" "$stat" > "$record" || exit 74
while [ "$barriers" -gt 0 ]; do
  if [ -e "$1" ]; then exit 75; fi
  shift
  barriers=$((barriers - 1))
done
exec "$@"`;

/** Wraps argv so that it runs only while none of the barriers exists. `record` names who runs, for diagnosis. */
export function fencedArgv(input: {
  record: string;
  barriers: readonly string[];
  argv: readonly [string, ...string[]];
}): readonly [string, ...string[]] {
  const { record, barriers, argv } = input;
  return ['/bin/sh', '-c', WRAPPER, 'cc-ci', record, String(barriers.length), ...barriers, ...argv];
}
