const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The `action` of the form with an id, unescaped; undefined when the page has no such form. */
export function formAction(html: string, id: string): string | undefined {
  // Values in quotes may hold a `>`.
  for (const [tag] of html.matchAll(/<form\b(?:"[^"]*"|'[^']*'|[^"'>])*>/gi)) {
    if (attribute(tag, 'id') === id) return attribute(tag, 'action');
  }
  return undefined;
}

function attribute(tag: string, name: string): string | undefined {
  // Pairs are read one after the other, so that a value that looks like an attribute is none.
  for (const [, key = '', double, single, bare] of tag.matchAll(
    /\s([^\s=>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    if (key.toLowerCase() === name) return unescapeHtml(double ?? single ?? bare ?? '');
  }
  return undefined;
}

function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return NAMED[name ?? ''] ?? whole;
    },
  );
}
