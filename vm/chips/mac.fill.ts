// Canonical trace of mac: the rows of every dispatched MAC and MUL, in the order of the cycles. Source: AIR.md §5.2 "Fill": a unit
// takes two words a row while two are left; without a second word v and av are 0; S rows have w, aw, c, ch 0; B rows have ch 0;
// H rows have pd, ct, Z, X 0. Everything comes from the dispatches and the final memory, which is write-once.

import { bug } from '../../fri/core/errors.ts';
import type { Execution } from '../executor/run.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { LANES, P, RAM_BASE } from '../program/isa.ts';
import { namedColumns, wordsToColumns } from './columns.ts';
import { mac } from './mac.ts';
import type { Piece } from './piece.ts';

/** @param columns zero, and as high as the piece at least */
export function fillMac(run: Execution, columns: readonly Uint32Array[], piece: Piece): void {
  const trace = namedColumns(mac, columns);
  const { program, instructions } = run.loaded;
  const { rom } = program;
  const romWords = rom.length / LANES;
  const w = trace.lanes('w');
  const v = trace.lanes('v');
  const of = trace.column;
  const [aw, av, bb, A1, A2, B1, B2, S, H] = [of('aw'), of('av'), of('bb'), of('A1'), of('A2'), of('B1'), of('B2'), of('S'), of('H')];
  const [e, ze, last, Z, X] = [of('e'), of('ze'), of('last'), of('Z'), of('X')];
  const [c, nw, ch, pd, ct, ob, ra, k] = [of('c'), of('nw'), of('ch'), of('pd'), of('ct'), of('ob'), of('ra'), of('k')];
  let row = 0;
  let pc = 0;
  /** of the cycle's instruction */
  const field = (i: number): number => rom[pc * LANES + 8 + i]!;

  /** the committed input that has an address, and its first address */
  const dataAt = (address: number): [Uint32Array, number] => {
    for (const { base, words } of run.data.values()) if (base <= address && address < base + words.length / LANES) return [words, base];
    throw bug(`no word at ${address}`);
  };
  /** `count` words, `stride` apart, into the rows from here on */
  const put = (lanes: Uint32Array[], address: number, stride: number, count: number): void => {
    if (count === 0) return; // the word behind a unit of one need not exist
    const [cells, base] = address < romWords ? [rom, 0] : address >= RAM_BASE ? [run.ram, RAM_BASE] : dataAt(address);
    wordsToColumns(cells, (address - base) * LANES, stride * LANES, count, lanes, row);
  };
  /** a unit of neighbouring words, two a row while two are left; ends on the row after it */
  const unit = (address: number, length: number, one: Uint32Array, both: Uint32Array): void => {
    const pairs = length >> 1;
    put(w, address, 2, pairs);
    put(v, address + 1, 2, pairs);
    for (let i = 0; i < pairs; i++, row++) {
      aw[row] = address + 2 * i;
      av[row] = address + 2 * i + 1;
      both[row] = 1;
      c[row] = length - 2 * i - 2;
    }
    if (length % 2 === 0) return;
    put(w, address + length - 1, 1, 1);
    aw[row] = address + length - 1;
    one[row++] = 1;
  };

  for (let at = piece.fromCycle * CYCLE_WORDS; at < piece.toCycle * CYCLE_WORDS; at += CYCLE_WORDS) {
    pc = run.cycles[at]!;
    const { opcode, flags } = instructions[pc]!;
    if (opcode !== 'MAC' && opcode !== 'MUL') continue;
    // no arrays or closures a cycle: they were a tenth of a proof's garbage
    const b = run.cycles[at + 5]!;
    const start = row;
    let address = run.cycles[at + 4]!;
    if (opcode === 'MUL') {
      let other = b;
      for (let y = field(1) - 1; y >= 0; y--) {
        for (let left = field(0) - 1; left >= 0; left--, row++) {
          put(w, address, 1, 1);
          put(v, other, 1, 1);
          aw[row] = address;
          av[row] = other;
          H[row] = 1;
          c[row] = left;
          ch[row] = y;
          if (left === 0) (y > 0 ? e : last)[row] = 1;
          address = (address + (left > 0 ? 1 : field(2))) % P;
          other = (other + (left > 0 ? 1 : field(3))) % P;
        }
      }
    } else {
      const zero = flags.includes('Z') ? 1 : 0;
      const x2 = flags.includes('X2') ? 1 : 0;
      const blocks = field(3);
      const taps = field(4);
      const pad = field(5);
      for (let y = field(1) - 1; y >= 0; y--) {
        const from = row;
        unit(address, field(0), A1, A2);
        e[row - 1] = 1;
        ze[row - 1] = zero;
        ch.fill(y, from, row);
        address = (address + field(0) - 1 + field(2)) % P;
      }
      pd.fill(pad, start, row);
      ct.fill(taps - 1, start, row);
      for (let left = pad - 1; left >= 0; left--, row++) {
        S[row] = 1;
        e[row] = 1;
        pd[row] = left;
        ct[row] = taps - 1;
      }
      for (let tap = taps - 1; tap >= 0; tap--) {
        const from = row;
        unit(b + (taps - 1 - tap) * blocks, blocks, B1, B2);
        (tap > 0 ? e : last)[row - 1] = 1;
        ct.fill(tap, from, row);
      }
      Z.fill(zero, start, row);
      X.fill(x2, start, row);
    }
    bb.fill(b, start, row);
    k.fill(run.cycles[at + 6]!, start, row);
    nw.fill(field(0), start, row);
    ra.fill(field(2), start, row);
    ob.fill(field(3), start, row);
  }
}
