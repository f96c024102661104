// Canonical trace of cpu: one row a cycle. Source: AIR.md §5.1 "Fill". Unused va, vb, vc are 0; inv is 1/va where JNZ jumps, else 0.
import { batchInverse } from '../../fri/m31.ts';
import { CYCLE_FIELDS, CYCLE_WORDS, type Execution } from '../executor.ts';
import { ISA, LANES, MODE_BASE, MODES, opcodeOf, WORD_FIELDS } from '../isa.ts';
import { paddedLogSize } from '../loader.ts';
import { emptyTrace, type FilledTrace } from './columns.ts';
import { cpu } from './cpu.ts';

/** column of each recorded field */
const COLUMNS = { pc: 'pc', ap: 'ap', fp: 'fp', repeats: 'rc', ea: 'ea', eb: 'eb', ec: 'ec', va: 'va', vb: 'vb', vc: 'vc' } as const;

type Column = Uint32Array;

/** @param minLogSize for a shard whose other instances are all small (PCS.md §1 needs one of 2^6 rows) */
export function fillCpu(run: Execution, minLogSize = 1): FilledTrace {
  const count = run.cycles.length / CYCLE_WORDS;
  const trace = emptyTrace(cpu, Math.max(minLogSize, paddedLogSize(count)));
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
  const jumps: number[] = [];
  for (let row = 0; row < count; row++) {
    const at = row * CYCLE_WORDS;
    for (let i = 0; i < CYCLE_WORDS; i++) recorded[i]![row] = run.cycles[at + i]!;
    const pc = run.cycles[at]!;
    for (let lane = 0; lane < LANES; lane++) word[lane]![row] = rom[pc * LANES + lane]!;
    const op = rom[pc * LANES]!;
    const { opcode, variants } = opcodeOf.get(op % MODE_BASE)!;
    en[row] = 1;
    rl[row] = run.cycles[at + 3] === 0 ? 1 : 0;
    const flag = flags.get(opcode);
    if (flag) flag[row] = 1;
    v0[row] = variants[0] ? 1 : 0;
    v1[row] = variants[1] ? 1 : 0;
    for (let i = 0; i < modes.length; i++) modes[i]![row] = ((op / MODE_BASE) >> i) & 1;
    const conditional = opcode === 'JNZ' && run.cycles[at + 7] !== 0;
    if (conditional) jumps.push(row);
    tk[row] = conditional || opcode === 'JMP' || opcode === 'CAL' || opcode === 'RET' ? 1 : 0;
  }
  const inverses = batchInverse(Uint32Array.from(jumps, (row) => run.cycles[row * CYCLE_WORDS + 7]!));
  jumps.forEach((row, i) => {
    inv[row] = inverses[i]!;
  });
  return trace;
}
