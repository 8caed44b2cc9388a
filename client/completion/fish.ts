import type { Lookups } from './scripts.ts';
import type { VerbWords, Words } from './words.ts';

/** One `complete` for each word, in the way fish's own completions are written. */
export function fishScript(verbs: readonly VerbWords[], lookups: Lookups): string {
  const top = verbs.filter(({ path }) => !path.includes(' '));
  return `# fish completion of cc-ci: cc-ci completion fish > ~/.config/fish/completions/cc-ci.fish
function __cc_ci_recipes; ${lookups.recipes}; end
function __cc_ci_runs; ${lookups.runs}; end
function __cc_ci_at; set -l words (commandline -opc); set -l end (math 1 + (count $argv)); test "$words[2..$end]" = "$argv"; end
function __cc_ci_words; test (count (commandline -opc)) -eq $argv[1]; end
complete -c cc-ci -f
${top.map(({ path, description }) => `complete -c cc-ci -n '__cc_ci_words 1' -a ${path} -d ${quote(description)}`).join('\n')}
${verbs.flatMap((verb) => linesOf(verb, verbs)).join('\n')}
`;
}

function linesOf(verb: VerbWords, all: readonly VerbWords[]): string[] {
  const start = `complete -c cc-ci -n ${quote(conditionOf(verb))}`;
  const inner = all.filter(({ path }) => path.startsWith(`${verb.path} `));
  const operands =
    inner.length > 0 ? [] : [...new Set(verb.operands.map(source))].filter((text) => text !== '');
  return [
    ...inner.map((one) => {
      const name = one.path.split(' ').at(-1) ?? '';
      const next = `${conditionOf(verb)}; and __cc_ci_words 2`;
      return `complete -c cc-ci -n ${quote(next)} -a ${name} -d ${quote(one.description)}`;
    }),
    ...operands.map((text) => `${start} ${text}`),
    ...verb.options.map(({ flag, description, value }) => {
      const words =
        value === undefined ? '' : ` ${value === 'files' ? '-r' : '-x'} ${source(value)}`.trimEnd();
      return `${start} -l ${flag.replace(/^--/, '')}${words} -d ${quote(description)}`;
    }),
  ];
}

function conditionOf({ path }: VerbWords): string {
  return `__cc_ci_at ${path}`;
}

function source(words: Words): string {
  if (words === 'anything') return '';
  if (words === 'files') return '-F';
  return `-a ${quote(typeof words === 'string' ? `(__cc_ci_${words})` : words.join(' '))}`;
}

/** In single quotes fish knows two escapes, unlike the other shells. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
