// `zkvm completion`: a script that completes commands, options and their choices, written from the table of commands.ts.
// Source: the manuals of bash ("Programmable Completion"), zsh (bashcompinit) and fish (complete). Caveat: the script
// is of the version that wrote it; files are completed where an option or a command takes one.
import type { CommandSpec } from './command.ts';
import { COMMANDS, type Command, EVERYWHERE } from './commands.ts';

const specs = (): [string, CommandSpec][] => Object.entries<CommandSpec>(COMMANDS);

const optionsOf = ({ options }: CommandSpec): string[] =>
  [...Object.keys(options), ...Object.keys(EVERYWHERE), 'help'].map((name) => `--${name}`);

/** `command option` → its choices */
const choices = (): [key: string, words: readonly string[]][] =>
  specs().flatMap(([name, spec]) =>
    Object.entries(spec.options).flatMap(([option, its]): [string, readonly string[]][] =>
      its.choices ? [[`${name} --${option}`, its.choices]] : [],
    ),
  );

function bashLines(): string[] {
  return [
    '# zkvm completion for bash: eval "$(zkvm completion)", or the same line in ~/.bashrc',
    '_zkvm() {',
    `  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=""`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${[...specs().map(([name]) => name), 'help', '--help', '--version'].join(' ')}"`,
    '  else',
    '    case "$command $before" in',
    ...choices().map(([key, words]) => `      "${key}") words="${words.join(' ')}" ;;`),
    '    esac',
    '    if [ -z "$words" ]; then case "$word" in -*) case "$command" in',
    ...specs().map(([name, spec]) => `      ${name}) words="${optionsOf(spec).join(' ')}" ;;`),
    '    esac ;; esac; fi',
    `    if [ "$command" = help ]; then words="${specs()
      .map(([name]) => name)
      .join(' ')}"; fi`,
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o default -F _zkvm zkvm',
  ];
}

/** a text between single quotes */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const fishLines = (): string[] => [
  '# zkvm completion for fish: zkvm completion --shell fish > ~/.config/fish/completions/zkvm.fish',
  ...specs().flatMap(([name, { describe, options }]) => [
    `complete -c zkvm -n __fish_use_subcommand -f -a ${name} -d ${quoted(describe)}`,
    ...Object.entries(options).map(
      ([option, its]) =>
        `complete -c zkvm -n '__fish_seen_subcommand_from ${name}' -l ${option}${its.alias ? ` -s ${its.alias}` : ''}${
          its.type === 'boolean' ? '' : ' -r'
        }${its.choices ? ` -f -a ${quoted(its.choices.join(' '))}` : ''} -d ${quoted(its.describe)}`,
    ),
  ]),
];

export const run: Command<'completion'> = async (args, terminal) => {
  const shell = args.options.shell;
  // zsh reads the script for bash
  if (shell === 'fish') terminal.out(fishLines());
  else
    terminal.out([
      ...(shell === 'zsh' ? ['# in ~/.zshrc: eval "$(zkvm completion --shell zsh)"', 'autoload -U +X bashcompinit && bashcompinit'] : []),
      ...bashLines(),
    ]);
  return 0;
};
