import { quote } from './quote.ts';
import type { Lookups } from './scripts.ts';
import type { VerbWords, Words } from './words.ts';

/** A function that fills COMPREPLY, for bash 4 and later. */
export function bashScript(verbs: readonly VerbWords[], lookups: Lookups): string {
  const top = verbs.filter(({ path }) => !path.includes(' ')).map(({ path }) => path);
  const nested = verbs.filter(({ path }) => path.includes(' ')).map(({ path }) => path);
  return `# bash completion of cc-ci: source <(cc-ci completion bash)
_cc_ci_recipes() { ${lookups.recipes}; }
_cc_ci_runs() { ${lookups.runs}; }
_cc_ci() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]} first=2 place=0 i
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W ${quote(top.join(' '))} -- "$cur"))
    return
  fi
  if (( COMP_CWORD > 2 )); then
    case "$verb \${COMP_WORDS[2]}" in
${nested.length === 0 ? '' : `      ${nested.map(quote).join('|')}) verb="$verb \${COMP_WORDS[2]}"; first=3 ;;\n`}      *) ;;
    esac
  fi
  case "$verb:$prev" in
${verbs.flatMap(optionCases).join('\n')}
    *) ;;
  esac
  for (( i = first; i < COMP_CWORD; i++ )); do
    [[ \${COMP_WORDS[i]} == -* ]] && continue
    case "$verb:\${COMP_WORDS[i-1]}" in
      ${valuePatterns(verbs)}) ;;
      *) place=$((place + 1)) ;;
    esac
  done
  if [[ $cur == -* ]]; then
    case "$verb" in
${verbs.map(({ path, options }) => `      ${quote(path)}) ${reply(options.map(({ flag }) => flag))} ;;`).join('\n')}
      *) ;;
    esac
    return
  fi
  case "$verb:$place" in
${verbs.flatMap(({ path, operands }) => operands.map((words, place) => `    ${quote(`${path}:${place}`)}) ${reply(words)} ;;`)).join('\n')}
    *) ;;
  esac
}
complete -F _cc_ci cc-ci
`;
}

function optionCases({ path, options }: VerbWords): string[] {
  return options.flatMap(({ flag, value }) =>
    value === undefined ? [] : [`    ${quote(`${path}:${flag}`)}) ${reply(value)}; return ;;`],
  );
}

/** Words behind these are values, and not operands. */
function valuePatterns(verbs: readonly VerbWords[]): string {
  return verbs
    .flatMap(({ path, options }) =>
      options.filter(({ value }) => value !== undefined).map(({ flag }) => quote(`${path}:${flag}`)),
    )
    .join('|');
}

function reply(words: Words): string {
  if (words === 'anything') return ':';
  if (words === 'files') return `COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null`;
  const list = typeof words === 'string' ? `"$(_cc_ci_${words})"` : quote(words.join(' '));
  return `COMPREPLY=($(compgen -W ${list} -- "$cur"))`;
}
