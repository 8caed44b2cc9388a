/** A shell and its quoted script, with nothing behind it. */
const WRAPPED = /^(?:\/bin\/|\/usr\/bin\/)?(?:ba|da|a)?sh\s+-c\s+(['"])([\s\S]*)\1$/;
const QUOTED = /^(['"])([\s\S]*)\1$/;

/**
 * The command of a hook label without a shell or quotes around all of it. Labels have them or not; backup-bot-two takes
 * them off and runs the rest as `bash -c 'set -o pipefail; …'`, so that a failure inside a pipe is seen. A line that
 * only begins and ends with a quote (`sh -c 'a' && sh -c 'b'`) is left as it is: any shell understands it.
 */
export function bareHook(label: string): string {
  const text = label.trim();
  const [, quote = '', inner = ''] = WRAPPED.exec(text) ?? QUOTED.exec(text) ?? [];
  if (quote === "'" && !inner.includes("'")) return inner.trim();
  if (quote === '"' && !/["\\]/.test(inner)) return inner.trim();
  return text;
}
