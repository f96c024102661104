// Canonical trace of store: the rows of every dispatched STORE. Source: AIR.md §5.3 "Fill": masked and LEAD lanes have m = 0, u = 1,
// r = 0, q = C, y = 0; LEAD rows have cw = 0 and the address of the channel's first word.

import type { Execution } from '../executor/run.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { LANES, P } from '../program/isa.ts';
import { type NamedColumns, namedColumns } from './columns.ts';
import type { Piece } from './piece.ts';
import { store } from './store.ts';

/** rows of a lane filled before the next lane's turn: what they come from stays in the first-level cache */
const BLOCK_ROWS = 64;

/** @param columns zero, and as high as the piece at least */
export function fillStore(run: Execution, columns: readonly Uint32Array[], piece: Piece): void {
  const trace = namedColumns(store, columns);
  fillLanes(run, piece, trace);
  trace.column('en').fill(1, 0, piece.rows);
  fillRuns(run, piece, trace);
}

/** coefficients and what they are looked up as */
function fillLanes({ loaded, coefficients, entries }: Execution, piece: Piece, { lanes }: NamedColumns): void {
  const { u: divisors, in: quotients, out: results } = loaded.table;
  const [q, r, u, y, m] = [lanes('q'), lanes('r'), lanes('u'), lanes('y'), lanes('m')];
  for (let start = 0; start < piece.rows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, piece.rows);
    for (let t = 0; t < LANES; t++) {
      const [qt, rt, ut, yt, mt] = [q[t]!, r[t]!, u[t]!, y[t]!, m[t]!];
      for (let row = start, at = (piece.firstRow + start) * LANES + t; row < end; row++, at += LANES) {
        const value = coefficients[at]!;
        const entry = entries[at]!;
        if (entry < 0) {
          ut[row] = 1;
          qt[row] = value < 0 ? value + P : value;
          continue;
        }
        const divisor = divisors[entry]!;
        const quotient = quotients[entry]!;
        mt[row] = 1;
        ut[row] = divisor;
        qt[row] = quotient;
        rt[row] = value - (quotient > P / 2 ? quotient - P : quotient) * divisor;
        yt[row] = results[entry]!;
      }
    }
  }
}

/** where the words go: counters, jumps and the kinds of rows */
function fillRuns({ loaded, cycles }: Execution, piece: Piece, { column: of }: NamedColumns): void {
  const { program, instructions } = loaded;
  const { rom } = program;
  const [wa, a0, k, slot, rw, h] = [of('wa'), of('a0'), of('k'), of('slot'), of('rw'), of('h')];
  const [rj, cj, split, hl, hs, cw, ch, co] = [of('rj'), of('cj'), of('split'), of('hl'), of('hs'), of('cw'), of('ch'), of('co')];
  const [ev, od, ld, re, ce, last] = [of('ev'), of('od'), of('ld'), of('re'), of('ce'), of('last')];
  let row = 0;
  for (let at = piece.fromCycle * CYCLE_WORDS; at < piece.toCycle * CYCLE_WORDS; at += CYCLE_WORDS) {
    const pc = cycles[at]!;
    const { opcode, flags } = instructions[pc]!;
    if (opcode !== 'STORE') continue;
    const fields = pc * LANES + 8;
    const words = rom[fields]!;
    const rows = rom[fields + 1]!;
    const channels = rom[fields + 2]!;
    const rowJump = rom[fields + 3]!;
    const channelJump = rom[fields + 4]!;
    const half = rom[fields + 5]!;
    const lead = flags.includes('LEAD') ? 1 : 0;
    const halves = flags.includes('SPLIT') ? 1 : 0;
    const start = row;
    let address = cycles[at + 6]!;
    for (let channel = channels - 1; channel >= 0; channel--) {
      if (lead) {
        ld[row] = 1;
        wa[row] = address;
        ch[row] = rows - 1;
        co[row++] = channel;
      }
      for (let left = rows - 1; left >= 0; left--) {
        for (let j = words - 1; j >= 0; j--, row++) {
          const odd = halves && (words - 1 - j) & 1;
          wa[row] = address;
          cw[row] = j;
          ch[row] = left;
          co[row] = channel;
          if (odd) od[row] = 1;
          else if (halves) ev[row] = 1;
          if (j === 0) (left > 0 ? re : channel > 0 ? ce : last)[row] = 1;
          // jumps start from the even word of a pair
          if (halves && !odd) address = (address + half) % P;
          else address = ((odd ? address + P - half : address) + (j > 0 ? 1 : left > 0 ? rowJump : channelJump)) % P;
        }
      }
    }
    a0.fill(cycles[at + 4]!, start, row);
    slot.fill(cycles[at + 5]!, start, row);
    k.fill(cycles[at + 6]!, start, row);
    rw.fill(words, start, row);
    h.fill(rows, start, row);
    rj.fill(rowJump, start, row);
    cj.fill(channelJump, start, row);
    split.fill(half, start, row);
    hl.fill(lead, start, row);
    hs.fill(halves, start, row);
  }
}
