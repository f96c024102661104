// Where the coefficients of products and stores come from and go to: exponents of α as addresses and lanes. The one place that inverts the order in
// which operands are read. Source: AIR.md §3 (weights of positions), vm/README.md "Accumulators". Caveat: a lane of a gap (Z) is no word: undefined.
import type { Instruction, Values } from '../program/assembler.ts';
import { LANES, P, toField } from '../program/isa.ts';
import type { Place } from './types.ts';

/** an operand of image rows: h rows of nw words, `jump` from a row's last word to the next row's first, `gap` zero words after each */
interface Rows {
  start: number;
  nw: number;
  h: number;
  jump: number;
  gap: number;
}

/** address of a word of an operand of image rows */
export const wordOfRow = ({ start, nw, jump }: Pick<Rows, 'start' | 'nw' | 'jump'>, row: number, word: number): number =>
  (start + word + row * (nw - 1 + toField(jump))) % P;

const positionsOf = ({ nw, h, gap }: Rows): number => LANES * h * (nw + gap);

/** the lane whose exponent of α this is */
function placeOf(rows: Rows, exponent: number): Place | undefined {
  const index = positionsOf(rows) - 1 - exponent;
  if (exponent < 0 || index < 0) return undefined;
  const word = Math.floor(index / LANES);
  const row = Math.floor(word / (rows.nw + rows.gap));
  const inRow = word % (rows.nw + rows.gap);
  if (inRow >= rows.nw) return undefined;
  return { address: wordOfRow(rows, row, inRow), lane: index % LANES };
}

/** The lanes that a MAC or MUL multiplies for one coefficient of its accumulator, in pairs. @param a, b addresses of the repeat */
export function factorsOf(instruction: Instruction, a: number, b: number, channel: number, exponent: number): [Place, Place][] {
  if (instruction.opcode === 'MUL') {
    if (channel !== 0) return [];
    const { nw, h, ra, rb } = instruction.values;
    const left = placeOf({ start: a, nw, h, jump: ra, gap: 0 }, exponent);
    const right = placeOf({ start: b, nw, h, jump: rb, gap: 0 }, exponent);
    return left && right ? [[left, right]] : [];
  }
  if (instruction.opcode !== 'MAC') return [];
  const { nw, h, ra, ob, taps, pad } = instruction.values;
  const { flags } = instruction;
  const step = flags.includes('X2') ? 2 : 1;
  const rows: Rows = { start: a, nw, h, jump: ra, gap: flags.includes('Z') ? 1 : 0 };
  const block = Math.floor(channel / LANES);
  if (block >= ob) return [];
  const pairs: [Place, Place][] = [];
  for (let tap = 0; tap < taps; tap++) {
    const reached = exponent - tap + pad;
    if (reached % step !== 0) continue;
    const left = placeOf(rows, reached / step);
    if (left) pairs.push([left, { address: b + tap * ob + (ob - 1 - block), lane: channel % LANES }]);
  }
  return pairs;
}

/** A word that a STORE writes. */
export interface StoredWord {
  /** of the words of the step, in the order of its rows */
  word: number;
  /** row of the chip, counted from the step's first one; LEAD rows write nothing */
  row: number;
  channel: number;
  /** exponent of α of lane 0, and from a lane to the next */
  exponent: number;
  step: number;
  /** word of the mask, from operand a on */
  mask: number;
}

/** The words that a STORE writes, in the order in which it writes them, with their addresses. @param start address of the first one */
export function* storedWords(
  values: Values<'STORE'>,
  flags: readonly string[],
  start: number,
): Generator<StoredWord & { address: number }, void> {
  const { rw, h, O, rj, cj, split } = values;
  const lead = flags.includes('LEAD') ? 1 : 0;
  const halves = flags.includes('SPLIT');
  const positions = LANES * h * rw;
  let address = start;
  let row = 0;
  let word = 0;
  for (let channel = O - 1; channel >= 0; channel--) {
    row += lead;
    for (let y = 0; y < h; y++) {
      for (let j = 0; j < rw; j++, row++, word++) {
        const odd = halves ? j & 1 : 0;
        const index = LANES * (y * rw + (halves ? j - odd : j)) + odd;
        const at = odd ? (address + toField(split)) % P : address;
        yield { word, row, channel, exponent: positions - 1 - index, step: halves ? 2 : 1, mask: j, address: at };
        const ends = j === rw - 1;
        if (!halves || odd) address = (address + (ends ? toField(y < h - 1 ? rj : cj) : 1)) % P;
      }
    }
  }
}
