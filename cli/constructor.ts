// `--arg name=value` of `zkvm deploy` → calldata of a constructor, in its parameters' order. Source: the parameters of contracts/class/hashes.ts.
// Caveat: whether a value means what the contract wants (a registry's address, a token's) is not looked at, only that it is of its type.
import type { Parameter } from '../contracts/class/hashes.ts';
import { usage } from '../fri/core/errors.ts';
import { parseFelt } from './chain.ts';
import { signatureOf } from './consumers.ts';

const HALF_BITS = 128n;
const WORD = /^u(8|16|32|64|128|256)$/;

/** @throws usage ZK0870 */
function feltsOf({ name, type }: Parameter, text: string): bigint[] {
  const where = `--arg ${name}=${text.slice(0, 80)}`;
  if (type === 'bool') {
    const at = ['false', 'true', '0', '1'].indexOf(text);
    if (at < 0) throw usage('ZK0870', { what: `${name} is no bool`, where, fix: 'write true or false' });
    return [BigInt(at % 2)];
  }
  const bits = WORD.exec(type)?.[1];
  if (bits === undefined) return [parseFelt(text, name)];
  const value = /^(0x[0-9a-f]{1,64}|[0-9]{1,78})$/i.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >> BigInt(bits))
    throw usage('ZK0870', { what: `${name} is no ${type}`, where, why: `a whole number below 2^${bits}, decimal or 0x…` });
  return type === 'u256' ? [value & ((1n << HALF_BITS) - 1n), value >> HALF_BITS] : [value];
}

/**
 * @param given `name=value`, each parameter once; a registry that is not given is that of ZKVM_CONTRACT
 * @throws usage ZK0870 for a name that the constructor does not have, or has twice, a value of another type or one that is missing
 */
export function constructorCalldata(consumer: string, parameters: readonly Parameter[], given: readonly string[]): bigint[] {
  const fix = parameters.length ? `--arg name=value, once for each of ${signatureOf(parameters)}` : 'leave --arg out';
  const values = new Map<string, string>();
  for (const text of given) {
    const [, name, value] = /^([a-z_0-9]+)=(.+)$/.exec(text) ?? [];
    const where = `--arg ${text.slice(0, 80)}`;
    if (name === undefined || value === undefined) throw usage('ZK0870', { what: 'an argument is not name=value', where, fix });
    if (!parameters.some((each) => each.name === name)) throw usage('ZK0870', { what: `${consumer} takes no "${name}"`, where, fix });
    if (values.has(name)) throw usage('ZK0870', { what: `"${name}" is given twice`, where, fix });
    values.set(name, value);
  }
  const registry = process.env.ZKVM_CONTRACT;
  if (registry && parameters.some(({ name }) => name === 'registry') && !values.has('registry')) values.set('registry', registry);
  const missing = parameters.filter(({ name }) => !values.has(name));
  if (missing.length) throw usage('ZK0870', { what: `${consumer} also takes ${signatureOf(missing)}`, fix });
  return parameters.flatMap((parameter) => feltsOf(parameter, values.get(parameter.name)!));
}
