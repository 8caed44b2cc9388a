const VARIABLE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])([^}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)/g;

/**
 * Fills variables into a text of a compose file the way the loader does, nested defaults aside: `$X`, `${X}`,
 * `${X:-default}`, `${X-default}`, and `$$` for a dollar sign. For finding places in the source; what is deployed is
 * always rendered by the loader itself.
 */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    VARIABLE,
    (whole, braced?: string, operator?: string, operand?: string, bare?: string) => {
      if (whole === '$$') return '$';
      const value = env[braced ?? bare ?? ''];
      const empty = operator?.startsWith(':') ? !value : value === undefined;
      if (operator?.endsWith('-') && empty) return operand ?? '';
      if (operator?.endsWith('+')) return empty ? '' : (operand ?? '');
      return value ?? '';
    },
  );
}

/** Upper bound of the length that the text has with its variables filled in, without making it. */
export function interpolatedLength(text: string, env: Readonly<Record<string, string>>): number {
  let length = text.length;
  for (const [, braced, , , bare] of text.matchAll(VARIABLE))
    length += env[braced ?? bare ?? '']?.length ?? 0;
  return length;
}

/** Variables that a text asks for, in order; optional ones have a default, or are left out when unset. */
export function variablesIn(text: string): { readonly name: string; readonly optional: boolean }[] {
  return [...text.matchAll(VARIABLE)].flatMap(([, braced, operator = '', , bare]) => {
    const name = braced ?? bare;
    return name === undefined ? [] : [{ name, optional: /[-+]/.test(operator) }];
  });
}
