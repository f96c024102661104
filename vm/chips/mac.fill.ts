// Canonical trace of mac: the rows of every dispatched MAC and MUL, in the order of the cycles. Source: AIR.md §5.2 "Fill": a unit
// takes two words a row while two are left; without a second word v and av are 0; S rows have w, aw, c, ch 0; B rows have ch 0;
// H rows have pd, ct, Z, X 0. Everything comes from the dispatches and the final memory, which is write-once.
import { CYCLE_WORDS, type Execution } from '../executor.ts';
import { LANES, P, RAM_BASE } from '../isa.ts';
import { paddedLogSize } from '../loader.ts';
import { emptyTrace, type FilledTrace } from './columns.ts';
import { mac } from './mac.ts';

export function fillMac(run: Execution): FilledTrace {
  const trace = emptyTrace(mac, paddedLogSize(run.macRows));
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

  const put = (lanes: Uint32Array[], address: number): void => {
    const memory = address < romWords ? rom : run.ram;
    const from = (address < romWords ? address : address - RAM_BASE) * LANES;
    for (let t = 0; t < LANES; t++) lanes[t]![row] = memory[from + t]!;
  };
  /** one row of one or two neighbouring words */
  const words = (address: number, two: boolean, one: Uint32Array, both: Uint32Array): void => {
    put(w, address);
    aw[row] = address;
    if (two) {
      put(v, address + 1);
      av[row] = address + 1;
      both[row] = 1;
    } else one[row] = 1;
  };

  for (let at = 0; at < run.cycles.length; at += CYCLE_WORDS) {
    const pc = run.cycles[at]!;
    const { opcode, flags } = instructions[pc]!;
    if (opcode !== 'MAC' && opcode !== 'MUL') continue;
    const [a, b, name] = [run.cycles[at + 4]!, run.cycles[at + 5]!, run.cycles[at + 6]!];
    const field = (i: number): number => rom[pc * LANES + 8 + i]!;
    const start = row;
    let address = a;
    if (opcode === 'MUL') {
      let other = b;
      for (let y = field(1) - 1; y >= 0; y--) {
        for (let left = field(0) - 1; left >= 0; left--, row++) {
          put(w, address);
          put(v, other);
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
      const [zero, x2] = [flags.includes('Z') ? 1 : 0, flags.includes('X2') ? 1 : 0];
      const [blocks, taps, pad] = [field(3), field(4), field(5)];
      for (let y = field(1) - 1; y >= 0; y--) {
        for (let left = field(0); left > 0; row++) {
          const two = left >= 2;
          const end = left <= 2;
          left -= two ? 2 : 1;
          words(address, two, A1, A2);
          if (end) {
            e[row] = 1;
            ze[row] = zero;
          }
          c[row] = left;
          ch[row] = y;
          pd[row] = pad;
          ct[row] = taps - 1;
          address = end ? (address + (two ? 1 : 0) + field(2)) % P : address + 2;
        }
      }
      for (let left = pad - 1; left >= 0; left--, row++) {
        S[row] = 1;
        e[row] = 1;
        pd[row] = left;
        ct[row] = taps - 1;
      }
      let weight = b;
      for (let tap = taps - 1; tap >= 0; tap--) {
        for (let left = blocks; left > 0; row++) {
          const two = left >= 2;
          left -= two ? 2 : 1;
          words(weight, two, B1, B2);
          if (left === 0) (tap > 0 ? e : last)[row] = 1;
          c[row] = left;
          ct[row] = tap;
          weight += two ? 2 : 1;
        }
      }
      Z.fill(zero, start, row);
      X.fill(x2, start, row);
    }
    bb.fill(b, start, row);
    k.fill(name, start, row);
    nw.fill(field(0), start, row);
    ra.fill(field(2), start, row);
    ob.fill(field(3), start, row);
  }
  return trace;
}
