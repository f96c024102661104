// What a program hands over beside tensors: bytes, options, models; of a program without types anything may come. Source: the interfaces of this folder.
// Caveat: it looks at what would be misread in silence or end in a TypeError, not at what is in a list or a table.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';

const kindOf = (value: unknown): string =>
  value === null || value === undefined ? `${value}` : Object.prototype.toString.call(value).slice(8, -1);

const misfit = (what: string, value: unknown, fix: string): ZkvmError => usage('ZK0626', { what, why: `it is: ${kindOf(value)}`, fix });

/**
 * Bytes, which may come from another realm. A text would be taken for as many zeros.
 * @throws ZK0626
 */
export function requireBytes(value: unknown, name: string): Uint8Array {
  if (ArrayBuffer.isView(value) && kindOf(value) === 'Uint8Array') return value as Uint8Array;
  throw misfit(
    `${name} is no Uint8Array`,
    value,
    'read a file without an encoding, await what is a promise, wrap an ArrayBuffer: new Uint8Array(buffer)',
  );
}

/** @throws ZK0626 for a name alone, whose letters would be taken one by one */
export function requireList(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw misfit(`${name} is no list`, value, 'give a list, also of one: [value]');
}

/** the kind of a value that is no object, and what to give */
const requireType =
  (type: 'string' | 'number' | 'boolean' | 'function', fix: string) =>
  (value: unknown, name: string): void => {
    if (typeof value !== type) throw misfit(`${name} is no ${type}`, value, fix);
  };

/** what an option may be, and who looks whether it is */
const KINDS = {
  /** looked at where it is used */
  tensors: () => {},
  bytes: requireBytes,
  list: requireList,
  text: requireType('string', 'give a text'),
  number: requireType('number', 'give a number'),
  // 'false' and 0 would be taken for the one and the other
  flag: requireType('boolean', 'give true or false'),
  callback: requireType('function', 'give a function'),
  signal: (value: unknown, name: string): void => {
    if (typeof (value as { throwIfAborted?: unknown } | null)?.throwIfAborted !== 'function')
      throw misfit(`${name} is no AbortSignal`, value, 'of an AbortController give its signal');
  },
  table: (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) throw misfit(`${name} is no object`, value, 'give { name: value }');
  },
} as const;

/** Every option of a function with its kind. */
export type OptionKinds<Options> = { readonly [Name in keyof Options]-?: keyof typeof KINDS };

/**
 * Options of which each is known and of its kind: one that is misspelt would check nothing. One that is undefined is left out.
 * @throws ZK0626
 */
export function requireOptions<Options>(options: unknown, of: string, known: OptionKinds<Options>): void {
  const fix = `the options of ${of}: ${Object.keys(known).join(', ')}`;
  if (typeof options !== 'object' || options === null) throw misfit(`the options of ${of} are no object`, options, fix);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) throw usage('ZK0626', { what: `${of} has no option ${JSON.stringify(name)}`, fix });
    if (value !== undefined) KINDS[known[name as keyof Options]](value, `the option ${name}`);
  }
}

/** @throws ZK0626 for what has no program, the bytes of a model among it */
export function requireModel(value: unknown): void {
  if (!(value as { program?: unknown } | undefined | null)?.program)
    throw misfit('this is no model', value, 'give what compile returns; bytes of a .zkb: Model.load(bytes)');
}

/** @throws ZK0626 for what no proof can be held against, the bytes of a record among it */
export function requireVerifiable(value: unknown): void {
  if (typeof (value as { verifiable?: unknown } | undefined | null)?.verifiable !== 'function')
    throw misfit('this is neither record nor model', value, 'give a Model or a ModelRecord; bytes of a record: ModelRecord.decode(bytes)');
}
