// What a run costs, before proving: cells by chip and by ONNX node, instances, proof bytes, calldata. Source: AIR.md §5.0 (widths).
// Rows of a program without data-dependent jumps do not depend on the input, so one run on the input of zeros tells all.
// Caveat: a node's share counts cpu, mac and store rows; tables, weights and memory are shared by all nodes and listed by chip.
import { interactionColumns } from '../../air/component.ts';
import { type Instance, shapesOf } from '../../air/machine.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type ProofSize, proofSize, someRandomPositions } from '../../fri/pcs/proof-size.ts';
import { MACHINE, TYPE } from '../chips/machine.ts';
import { planInstances } from '../chips/split.ts';
import { CYCLE_WORDS, type Execution, execute } from '../executor/run.ts';
import { encodeProofFile } from '../files/proof.ts';
import { specOf } from '../program/isa.ts';
import { elementCount } from '../program/packing.ts';
import type { IntegerTensors, Program } from '../program/types.ts';
import { cellCount, cellsByChip } from '../statement/instances.ts';

/** cells of the rows that one ONNX node causes */
export interface NodeCost {
  node: string;
  cycles: number;
  macRows: number;
  storeRows: number;
  cells: number;
}

export interface InstanceSize {
  chip: string;
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

/** the value nearest to zero everywhere: an input that a model accepts */
export const neutralInput = (program: Program): IntegerTensors =>
  Object.fromEntries(
    program.inputs.map((region) => [region.name, new Int32Array(elementCount(region)).fill(Math.min(region.hi, Math.max(region.lo, 0)))]),
  );

/** committed cells of one row of a chip, interaction columns included */
const cellsPerRow = (type: number): number => {
  const component = MACHINE.components[type]!;
  return component.preprocessed.length + component.base.length + 4 * interactionColumns(component);
};

/** committed cells of rows of the chips that a program fills */
export const cellsOfRows = ({ cpu, mac, store }: { cpu: number; mac: number; store: number }): number =>
  cpu * cellsPerRow(TYPE.cpu) + mac * cellsPerRow(TYPE.mac) + store * cellsPerRow(TYPE.store);

/** rows of every node, from the run's cycles */
export function costByNode({ loaded, cycles }: Execution): NodeCost[] {
  const { instructions, program } = loaded;
  const owner = new Int32Array(program.codeWords).fill(-1);
  for (const [index, { from, to }] of program.sourceMap.entries()) owner.fill(index, from, to);
  const costs: NodeCost[] = [...program.sourceMap.map(({ node }) => node), '(no node)'].map((node) => ({
    node,
    cycles: 0,
    macRows: 0,
    storeRows: 0,
    cells: 0,
  }));
  for (let at = 0; at < cycles.length; at += CYCLE_WORDS) {
    const pc = cycles[at]!;
    const instruction = instructions[pc]!;
    const rows = specOf(instruction.opcode).cost;
    const cost = costs[owner[pc]! < 0 ? costs.length - 1 : owner[pc]!]!;
    cost.cycles++;
    if (rows) cost[rows.chip === 'mac' ? 'macRows' : 'storeRows'] += rows.rows(instruction.values, instruction.flags);
  }
  const merged = new Map<string, NodeCost>();
  for (const cost of costs) {
    const known = merged.get(cost.node);
    if (known) for (const key of ['cycles', 'macRows', 'storeRows'] as const) known[key] += cost[key];
    else merged.set(cost.node, cost);
  }
  for (const cost of merged.values()) cost.cells = cellsOfRows({ cpu: cost.cycles, mac: cost.macRows, store: cost.storeRows });
  return [...merged.values()].filter((cost) => cost.cycles > 0);
}

/** chip and log size of every instance */
export const sizesOf = (instances: readonly Instance[]): InstanceSize[] =>
  instances.map(({ type, logSize }) => ({ chip: MACHINE.components[type]!.name, logSize }));

/** @throws what running the program throws */
export function costOf(program: Program, profile: Profile, run = execute(program, neutralInput(program))): Cost {
  const instances = planInstances(run, profile);
  const layout = layoutOf(shapesOf(MACHINE, instances));
  const positions = someRandomPositions(profile, layout.logSize + profile.logBlowup);
  const size = proofSize(layout, profile, instances.length, positions);
  const statement = encodeProofFile({
    profileId: profile.id,
    modelId: new Uint32Array(8),
    instances,
    inputs: program.inputs.map(({ name }) => run.inputs[name]!),
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
