export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

// Each script asks the command itself for candidates, so no script changes when a command does.

const BASH = String.raw`# toehold completion for bash
_toehold() {
  local line=\${COMP_LINE:0:COMP_POINT} value _text
  local -a words
  # Not COMP_WORDS: bash splits those at colons, which addresses contain.
  read -ra words <<< "$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  COMPREPLY=()
  while IFS=$'\t' read -r value _text; do
    COMPREPLY+=("$value")
  done < <("$1" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _toehold toehold
`;

const ZSH = String.raw`#compdef toehold
# toehold completion for zsh
_toehold() {
  local -a found
  local value text
  while IFS=$'\t' read -r value text; do
    found+=("\${value//:/\\:}\${text:+:$text}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe toehold found; else _files; fi
}
if [[ $funcstack[1] == _toehold ]]; then _toehold "$@"; else compdef _toehold toehold; fi
`;

const FISH = `# toehold completion for fish
function __toehold_complete
    set -l words (commandline -opc) (commandline -ct)
    toehold __complete -- $words[2..] 2>/dev/null
end
complete -c toehold -f -a '(__toehold_complete)'
complete -c toehold -l data-dir -r -F
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script that a shell runs to complete `toehold`. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell].replaceAll('\\${', '${');
}
