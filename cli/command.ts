// What a command is: its options, its positional argument, and from them the values that its module gets.
// Source: the table of commands.ts. Caveat: types only; they say what main.ts has checked before a command runs.

export interface OptionSpec {
  type: 'string' | 'number' | 'boolean';
  describe: string;
  alias?: string;
  required?: boolean;
  /** may be given several times */
  many?: boolean;
  choices?: readonly string[];
  /** a value of an earlier version → its name now; taken as that */
  renamed?: Readonly<Record<string, string>>;
  default?: string;
  /** `-`, or `name=-`, is standard input */
  reads?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface CommandSpec {
  /** the positional argument's name and meaning, for a command that takes one */
  file?: { name: string; describe: string };
  describe: string;
  options: OptionSpecs;
  example: string;
  /** it goes on until it is told to end, and serves signals itself: main.ts gives it no thread of its own */
  servesSignals?: boolean;
}

type Text<Spec extends OptionSpec> = Spec extends { choices: readonly (infer Choice)[] } ? Choice : string;
type One<Spec extends OptionSpec> = Spec['type'] extends 'number' ? number : Text<Spec>;

/** a flag is off, a list empty when it is not given; other options are undefined unless they are required or have a default */
type ValueOf<Spec extends OptionSpec> = Spec['type'] extends 'boolean'
  ? boolean
  : Spec extends { many: true }
    ? readonly One<Spec>[]
    : Spec extends { required: true } | { default: string }
      ? One<Spec>
      : One<Spec> | undefined;

/** The values of a table of options, by name. */
export type ValuesOf<Specs extends OptionSpecs> = { readonly [Name in keyof Specs]: ValueOf<Specs[Name]> };

/** What a command gets: its file, if it takes one, and a value for every option of its table. */
export type ArgumentsOf<Spec extends CommandSpec> = { readonly options: ValuesOf<Spec['options']> } & (Spec extends { file: object }
  ? { readonly file: string }
  : unknown);
