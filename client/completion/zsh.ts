import { quote } from './quote.ts';
import type { Lookups } from './scripts.ts';
import type { VerbWords, Words } from './words.ts';

/** A function for the completion system of zsh; works sourced after compinit, and as a file `_cc-ci` in $fpath. */
export function zshScript(verbs: readonly VerbWords[], lookups: Lookups): string {
  const top = verbs.filter(({ path }) => !path.includes(' '));
  return `#compdef cc-ci
# zsh completion of cc-ci: source <(cc-ci completion zsh)
_cc_ci_recipes() { compadd -- \${(f)"$(${lookups.recipes})"} }
_cc_ci_runs() { compadd -- \${(f)"$(${lookups.runs})"} }
_cc_ci() {
  local -a verbs=(${top.map(describe).join(' ')})
  if (( CURRENT == 2 )); then
    _describe -t verbs verb verbs
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${top.map((verb) => verbCase(verb, verbs)).join('\n')}
  esac
}
if [[ $funcstack[1] == _cc-ci ]]; then _cc_ci "$@"; else compdef _cc_ci cc-ci; fi
`;
}

function describe({ path, description }: VerbWords): string {
  const name = path.split(' ').at(-1) ?? path;
  return quote(`${name}:${description}`);
}

function verbCase(verb: VerbWords, all: readonly VerbWords[]): string {
  const inner = all.filter(({ path }) => path.startsWith(`${verb.path} `));
  if (inner.length === 0) return `    ${verb.path}) ${callArguments(verb)} ;;`;
  const cases = inner.map((one) => `        ${one.path.split(' ').at(-1) ?? ''}) ${callArguments(one)} ;;`);
  return `    ${verb.path})
      local -a inner=(${inner.map(describe).join(' ')})
      if (( CURRENT == 2 )); then _describe -t verbs verb inner; return; fi
      shift words
      (( CURRENT-- ))
      case $words[1] in
${cases.join('\n')}
      esac ;;`;
}

function callArguments({ options, operands }: VerbWords): string {
  const specs = [
    ...options.map(({ flag, description, value }) => {
      const what = `${flag}[${description.replaceAll(/[[\]\\]/g, '\\$&')}]`;
      return value === undefined ? what : `${what}:value:${action(value)}`;
    }),
    ...operands.map((words, index) => `${index + 1}:operand:${action(words)}`),
  ];
  return `_arguments ${specs.map(quote).join(' ')}`;
}

function action(words: Words): string {
  if (words === 'anything') return ' ';
  if (words === 'files') return '_files';
  return typeof words === 'string' ? `_cc_ci_${words}` : `(${words.join(' ')})`;
}
