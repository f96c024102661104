// What a run costs, before proving: cells by chip and by ONNX node, instances, proof bytes, calldata. Source: AIR.md §5.0 (widths).
// Rows of a program without data-dependent jumps do not depend on the input, so one run on the input of zeros tells all.
// Caveat: a node's share counts the rows that its instructions make; tables, weights and memory are shared by all nodes and listed by chip.
import { committedColumns } from '../../air/component.ts';
import { type Instance, shapesOf } from '../../air/machine.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type ProofSize, proofSize, someRandomPositions } from '../../fri/pcs/proof-size.ts';
import { cellCount, cellsByChip } from '../chips/cells.ts';
import { MACHINE } from '../chips/machine.ts';
import { planInstances } from '../chips/split.ts';
import { CHIP_NAMES, type ChipName, ofRunChips, RUN_CHIPS, type RunChipName } from '../chips/table.ts';
import { type Execution, execute } from '../executor/run.ts';
import { encodeProofFile } from '../files/proof.ts';
import { isCommitted } from '../program/committed.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import type { Program } from '../program/types.ts';
import { neutralInput } from './outline.ts';

/** cells of the rows that one ONNX node causes */
export interface NodeCost {
  node: string;
  /** by chip; cpu has one a cycle */
  rows: Record<RunChipName, number>;
  cells: number;
}

export interface InstanceSize {
  chip: ChipName;
  logSize: number;
}

export interface Cost {
  cells: number;
  cellsByChip: Record<string, number>;
  instances: InstanceSize[];
  nodes: NodeCost[];
  /** log size of the largest instance */
  logSize: number;
  /** bytes of the proof file; felts of the stream in it */
  proof: ProofSize;
}

/** A run on the neutral input, for its rows alone: they do not depend on values, so values outside of strict tables do not matter. */
export const countingRun = (program: Program): Execution => execute(program, neutralInput(program), { nearest: true });

/** committed cells of one row of each chip, interaction columns included */
const CELLS_PER_ROW = ofRunChips((_, { component }) => committedColumns(component));

/** committed cells of rows of the chips that a run fills */
export const cellsOfRows = (rows: Readonly<Record<RunChipName, number>>): number =>
  RUN_CHIPS.reduce((cells, chip) => cells + rows[chip] * CELLS_PER_ROW[chip], 0);

/** rows of every node, from the run's cycles */
export function costByNode({ loaded, cycles }: Execution): NodeCost[] {
  const { instructions, program } = loaded;
  const executed = new Float64Array(instructions.length);
  for (let at = 0; at < cycles.length; at += CYCLE_WORDS) executed[cycles[at]!]! += 1;
  const owner = Array<string>(program.codeWords).fill('(no node)');
  for (const { node, from, to } of program.sourceMap) owner.fill(node, from, to);
  const costs = new Map<string, NodeCost>();
  for (const node of [...program.sourceMap.map(({ node }) => node), '(no node)'])
    costs.set(node, { node, rows: ofRunChips(() => 0), cells: 0 });
  for (const [pc, instruction] of instructions.entries()) {
    const { rows } = costs.get(owner[pc]!)!;
    const own = ofRunChips((_, chip) => executed[pc]! * chip.rows(instruction));
    for (const chip of RUN_CHIPS) rows[chip] += own[chip];
  }
  for (const cost of costs.values()) cost.cells = cellsOfRows(cost.rows);
  return [...costs.values()].filter(({ cells }) => cells > 0);
}

/** chip and log size of every instance */
export const sizesOf = (instances: readonly Instance[]): InstanceSize[] =>
  instances.map(({ type, logSize }) => ({ chip: CHIP_NAMES[type]!, logSize }));

/** @throws what running the program throws */
export function costOf(program: Program, profile: Profile, run = countingRun(program)): Cost {
  const instances = planInstances(run, profile);
  const layout = layoutOf(shapesOf(MACHINE, instances));
  const positions = someRandomPositions(profile, layout.logSize + profile.logBlowup);
  const size = proofSize(layout, profile, 1, positions);
  const statement = encodeProofFile({
    profileId: profile.id,
    modelId: new Uint32Array(8),
    shards: [instances],
    parts: [],
    inputs: program.inputs.map((region) => (isCommitted(region) ? { root: new Uint32Array(8) } : run.inputs[region.name]!)),
    outputs: program.outputs.map(({ name }) => run.outputs[name]!),
    context: new Uint8Array(0),
    words: new Uint32Array(0),
  });
  return {
    cells: cellCount(instances),
    cellsByChip: cellsByChip(instances),
    instances: sizesOf(instances),
    nodes: costByNode(run),
    logSize: layout.logSize,
    proof: { ...size, bytes: size.bytes + statement.length },
  };
}
