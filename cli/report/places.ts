// Addresses and elements as people write them: `ram+12`, `rom+3` or a number; `output[0,3]`, `output[3]` or a name alone. Source: the text form of
// vm/program/assembler.ts; coordinates as ONNX has them. Caveat: one number counts along the flattened tensor, several are coordinates.
import { usage } from '../../fri/core/errors.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import type { Program, Region } from '../../vm/program/types.ts';

/** `ram+12` of an address of RAM, `rom+3` of one of ROM */
export const placeText = (address: number): string => (address >= RAM_BASE ? `ram+${address - RAM_BASE}` : `rom+${address}`);

/** @throws ZK0821 */
export function addressOf(text: string): number {
  const [, space, digits] = /^(ram\+|rom\+)?(\d+)$/.exec(text.trim()) ?? [];
  const address = Number(digits) + (space === 'ram+' ? RAM_BASE : 0);
  if (digits !== undefined && Number.isSafeInteger(address)) return address;
  throw usage('ZK0821', { what: `${JSON.stringify(text)} is no address`, fix: 'ram+12, rom+3, or a number' });
}

/** An element of an output. @throws ZK0821 */
export function elementOf({ outputs }: Pick<Program, 'outputs'>, text: string): { region: Region; index: number } {
  const [, name = text, inside] = /^(.*)\[([\d,\s]+)\]$/s.exec(text) ?? [];
  const region = outputs.find((one) => one.name === name);
  const names = outputs.map((one) => JSON.stringify(one.name)).join(', ');
  if (!region)
    throw usage('ZK0821', { what: `there is no output ${JSON.stringify(name)}`, fix: `one of ${names}, with an index: name[3]` });
  const places = (inside ?? '0').split(',').map(Number);
  const size = region.shape.reduce((product, length) => product * length, 1);
  const isFlat = places.length === 1;
  const fits = isFlat ? places[0]! < size : places.length === region.shape.length && places.every((place, i) => place < region.shape[i]!);
  if (!fits)
    throw usage('ZK0821', {
      what: `output ${JSON.stringify(name)} has no element [${inside}]`,
      fix: `its shape is [${region.shape.join(', ')}]: that many coordinates, or one below ${size}`,
    });
  return { region, index: isFlat ? places[0]! : places.reduce((index, place, i) => index * region.shape[i]! + place, 0) };
}
