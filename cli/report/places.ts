// Addresses and elements as people write them: `ram+12`, `rom+3` or a number; `output[0,3]`, `output[3]` or a name alone. Source: the text form of
// vm/program/assembler.ts; coordinates as ONNX has them. Caveat: one number counts along the flattened tensor, several are coordinates.
import { usage } from '../../fri/core/errors.ts';
import { DATA_BASE, RAM_BASE } from '../../vm/program/isa.ts';
import type { Program, Region } from '../../vm/program/types.ts';

const SPACES = [
  ['ram', RAM_BASE],
  ['data', DATA_BASE],
  ['rom', 0],
] as const;

/** `ram+12`, `data+0` (of a committed input), `rom+3` */
export function placeText(address: number): string {
  const [name, base] = SPACES.find(([, start]) => address >= start)!;
  return `${name}+${address - base}`;
}

/** @throws ZK0821 */
export function addressOf(text: string): number {
  const [, space = 'rom', digits] = /^(?:(ram|data|rom)\+)?(\d+)$/.exec(text.trim()) ?? [];
  const address = Number(digits) + SPACES.find(([name]) => name === space)![1];
  if (digits !== undefined && Number.isSafeInteger(address)) return address;
  throw usage('ZK0821', { what: `${JSON.stringify(text)} is no address`, fix: 'ram+12, data+0, rom+3, or a number' });
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
