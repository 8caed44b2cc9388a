type Token =
  | { readonly kind: 'name' | 'text'; readonly text: string }
  | { readonly kind: '(' | ')' | ',' | '!' | '&&' | '||' };

/** Why a rule is refused, or undefined. */
export type RuleFault = 'syntax' | 'foreign-host' | 'host-pattern' | 'no-host';

const MAX_RULE_LENGTH = 8192;
const MAX_DEPTH = 32;

/**
 * Judges a Traefik router rule: every request that it matches must be for an allowed host. `&&` needs one side that says
 * so, `||` needs both, a negation says nothing. What cannot be understood is refused.
 *
 * Source of the grammar: Traefik's routers reference, v2 (several arguments) and v3.
 */
export function judgeRule(rule: string, allowed: (host: string) => boolean): RuleFault | undefined {
  if (rule.length > MAX_RULE_LENGTH) return 'syntax';
  const tokens = tokenise(rule);
  if (!tokens) return 'syntax';
  const parser = createParser(tokens, allowed);
  const faults = parser.readOr(0);
  if (faults === 'syntax' || !parser.atEnd()) return 'syntax';
  return faults;
}

function tokenise(rule: string): Token[] | undefined {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(&&|\|\||[(),!])|`([^`]*)`|"([^"\\]*)"|([A-Za-z]+))\s*/y;
  let at = 0;
  while (at < rule.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(rule);
    if (!match) return undefined;
    const [whole, sign, raw, quoted, name] = match;
    if (isSign(sign)) tokens.push({ kind: sign });
    else if (name === undefined) tokens.push({ kind: 'text', text: raw ?? quoted ?? '' });
    else tokens.push({ kind: 'name', text: name });
    at += whole.length;
  }
  return tokens;
}

function isSign(sign: string | undefined): sign is '(' | ')' | ',' | '!' | '&&' | '||' {
  return sign !== undefined;
}

/** Recursive descent; each reader returns why its part does not bind the host, undefined when it does. */
function createParser(tokens: readonly Token[], allowed: (host: string) => boolean) {
  let at = 0;
  const peek = () => tokens[at]?.kind;
  const accept = (kind: Token['kind']) => peek() === kind && (at += 1) > 0;

  function readOr(depth: number): RuleFault | undefined {
    let result = readAnd(depth);
    while (result !== 'syntax' && accept('||')) {
      const right = readAnd(depth);
      result = right === 'syntax' ? right : (result ?? right);
    }
    return result;
  }

  function readAnd(depth: number): RuleFault | undefined {
    let result = readUnary(depth);
    while (result !== 'syntax' && accept('&&')) {
      const right = readUnary(depth);
      if (right === 'syntax') return right;
      // One side that binds the host is enough; else the more telling fault stays.
      result =
        result === undefined || right === undefined ? undefined : result === 'no-host' ? right : result;
    }
    return result;
  }

  function readUnary(depth: number): RuleFault | undefined {
    if (depth > MAX_DEPTH) return 'syntax';
    if (accept('!')) return readUnary(depth + 1) === 'syntax' ? 'syntax' : 'no-host';
    if (accept('(')) {
      const inner = readOr(depth + 1);
      return accept(')') ? inner : 'syntax';
    }
    return readMatcher();
  }

  function readMatcher(): RuleFault | undefined {
    const token = tokens[at];
    if (token?.kind !== 'name') return 'syntax';
    at += 1;
    if (!accept('(')) return 'syntax';
    const values: string[] = [];
    do {
      const value = tokens[at];
      if (value?.kind !== 'text') return 'syntax';
      values.push(value.text);
      at += 1;
    } while (accept(','));
    if (!accept(')')) return 'syntax';
    switch (token.text.toLowerCase()) {
      case 'host':
      case 'hostheader':
      case 'hostsni':
        return values.every((value) => allowed(value.toLowerCase())) ? undefined : 'foreign-host';
      case 'hostregexp':
      case 'hostsniregexp':
        return 'host-pattern';
      default:
        return 'no-host';
    }
  }

  return { readOr, atEnd: () => at === tokens.length };
}
