// What a program hands over beside tensors: bytes, options, models; of a program without types anything may come. Source: the interfaces of this folder.
// Caveat: it looks at what would be misread in silence or end in a TypeError, not at every field.
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

/**
 * Options of which each is known: one that is misspelt would check nothing.
 * @throws ZK0626
 */
export function requireOptions(options: unknown, of: string, known: readonly string[]): void {
  const fix = `the options of ${of}: ${known.join(', ')}`;
  if (typeof options !== 'object' || options === null) throw misfit(`the options of ${of} are no object`, options, fix);
  const strange = Object.keys(options).find((name) => !known.includes(name));
  if (strange !== undefined) throw usage('ZK0626', { what: `${of} has no option ${JSON.stringify(strange)}`, fix });
}

/** @throws ZK0626 for a name alone, whose letters would be taken one by one */
export function requireList(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw misfit(`${name} is no list`, value, 'give a list, also of one: [value]');
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
