// A command's arguments have the types that its table says: what tsc must refuse is written down, and an unused refusal is an error of tsc too.
import { expect, test } from 'vitest';
import type { ArgumentsOf } from '../../cli/command.ts';
import type { Arguments } from '../../cli/commands.ts';

const SPEC = {
  file: { name: 'file', describe: '' },
  describe: '',
  example: '',
  options: {
    target: { type: 'string', describe: '', required: true },
    input: { type: 'string', describe: '', many: true },
    level: { type: 'string', describe: '', choices: ['low', 'high'], default: 'low' },
    size: { type: 'number', describe: '' },
    json: { type: 'boolean', describe: '' },
  },
} as const;

const args: ArgumentsOf<typeof SPEC> = { file: 'f', options: { target: 't', input: ['a'], level: 'high', size: undefined, json: false } };

test('options are there by name, each with its own type', () => {
  const { target, input, level, size, json } = args.options;
  const texts: string[] = [args.file, target, ...input];
  const levels: ('low' | 'high')[] = [level];
  expect([texts, levels, json, size ?? 1]).toEqual([['f', 't', 'a'], ['high'], false, 1]);
});

test('a misspelt name, a value that may be missing and a choice that there is not are refused by tsc', () => {
  // @ts-expect-error: there is no such option
  expect(args.options.targt).toBeUndefined();
  // @ts-expect-error: the option may be missing
  const size: number = args.options.size;
  expect(size).toBeUndefined();
  // @ts-expect-error: the choices are low and high
  expect(args.options.level === 'medium').toBe(false);
  // @ts-expect-error: `prove` has no such option
  expect((given: Arguments<'prove'>) => given.options.calibrate).toBeInstanceOf(Function);
  // @ts-expect-error: `doctor` takes no file
  expect((given: Arguments<'doctor'>) => given.file).toBeInstanceOf(Function);
});
