// Canonical trace of cpu: one row a cycle. Source: AIR.md §5.1 "Fill". Unused va, vb, vc are 0; inv is 1/va where JNZ jumps, else 0.
import { batchInverse } from '../../fri/core/m31.ts';
import type { Execution } from '../executor/run.ts';
import { CYCLE_FIELDS, CYCLE_WORDS } from '../program/cycle.ts';
import { ISA, LANES, MODE_BASE, MODES, opcodeOf, WORD_FIELDS } from '../program/isa.ts';
import { namedColumns } from './columns.ts';
import { cpu } from './cpu.ts';

/** column of each recorded field */
const COLUMNS = { pc: 'pc', ap: 'ap', fp: 'fp', repeats: 'rc', ea: 'ea', eb: 'eb', ec: 'ec', va: 'va', vb: 'vb', vc: 'vc' } as const;

type Column = Uint32Array;

/** @param columns zero, a row a cycle at least */
export function fillCpu(run: Execution, columns: readonly Uint32Array[]): void {
  const count = run.cycles.length / CYCLE_WORDS;
  const trace = namedColumns(cpu, columns);
  const { rom } = run.loaded.program;
  const recorded = CYCLE_FIELDS.map((field) => trace.column(COLUMNS[field]));
  const word = WORD_FIELDS.map((field) => trace.column(field));
  const modes = MODES.map((mode) => trace.column(mode));
  const [en, rl, tk, inv, v0, v1] = ['en', 'rl', 'tk', 'inv', 'v0', 'v1'].map(trace.column) as [
    Column,
    Column,
    Column,
    Column,
    Column,
    Column,
  ];
  const flags = new Map(
    Object.entries(ISA).map(([opcode, { code }]) => [
      opcode,
      code === ISA.MAC.code ? undefined : trace.column(opcode === 'STORE' ? 'STO' : opcode),
    ]),
  );
  const { cycles } = run;
  for (const [i, column] of recorded.entries()) for (let row = 0, at = i; row < count; row++, at += CYCLE_WORDS) column[row] = cycles[at]!;
  en.fill(1, 0, count);
  const [pcs, left, va] = [recorded[0]!, recorded[CYCLE_FIELDS.indexOf('repeats')]!, recorded[CYCLE_FIELDS.indexOf('va')]!];
  const jumps: number[] = [];
  // rows of one instruction in a row differ in the recorded columns only
  for (let start = 0, end = 0; start < count; start = end) {
    const pc = pcs[start]!;
    while (end < count && pcs[end] === pc) end++;
    const op = rom[pc * LANES]!;
    const { opcode, variants } = opcodeOf.get(op % MODE_BASE)!;
    for (let lane = 0; lane < LANES; lane++) word[lane]!.fill(rom[pc * LANES + lane]!, start, end);
    flags.get(opcode)?.fill(1, start, end);
    if (variants[0]) v0.fill(1, start, end);
    if (variants[1]) v1.fill(1, start, end);
    for (let i = 0; i < modes.length; i++) if (((op / MODE_BASE) >> i) & 1) modes[i]!.fill(1, start, end);
    const always = opcode === 'JMP' || opcode === 'CAL' || opcode === 'RET';
    for (let row = start; row < end; row++) {
      if (left[row] === 0) rl[row] = 1;
      const conditional = opcode === 'JNZ' && va[row] !== 0;
      if (conditional) jumps.push(row);
      if (conditional || always) tk[row] = 1;
    }
  }
  const inverses = batchInverse(Uint32Array.from(jumps, (row) => va[row]!));
  jumps.forEach((row, i) => {
    inv[row] = inverses[i]!;
  });
}
