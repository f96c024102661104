// A circuit (constraints, registers, LogUp fractions of one component) as a WASM module: the quotient on the evaluation domain and
// the interaction columns in row order. Everything comes from the graph; there is no hand-written copy of a constraint.
// Source: PCS.md §4, AIR.md §5.0. Caveat: works on groups of four rows; columns of two rows go through the reference.
import type { Circuit } from '../../../fri/backend/seam.ts';
import type { QM31 } from '../../../fri/core/qm31.ts';
import * as Q from '../../../fri/core/qm31.ts';
import { i32, i32x4, ModuleBuilder, v128 } from '../../emitter/module.ts';
import { CONSTANT } from '../map.ts';
import { Field } from './field.ts';
import { emitFractions, emitRegisters } from './fractions.ts';
import { weightedSum } from './opening.ts';
import { type FixedNodes, fixedNodes, fixedTable, planSegments, type Root } from './plan.ts';
import { chunkGroups, emitRoots, frameWord, inChunks } from './roots.ts';
import { kernel } from './table.ts';

export interface CircuitModule {
  bytes(shared: boolean, pages: number): Uint8Array<ArrayBuffer>;
  text(only?: readonly string[]): string;
  /** exports, in order: quotient, fractions, one `register` each */
  names: readonly string[];
  quotientTable(parameters: readonly QM31[]): Uint32Array;
  /** weights of the quotient's values, a multiple of four of them */
  weights(powers: readonly QM31[]): Uint32Array;
  interactionTable(parameters: readonly QM31[]): Uint32Array;
}

function emitQuotient(m: ModuleBuilder, circuit: Circuit, fixed: FixedNodes): void {
  const { graph, constraints } = circuit;
  const values = constraints.reduce((n, id) => n + (graph.nodes[id]!.ext ? 4 : 1), 0);
  const padded = Math.ceil(values / 4) * 4;
  const layout = (chunk: number): Root[] => {
    let value = 0;
    return constraints.map((node) => {
      const root = { node, offset: value * chunk * 16, groupStride: 16, coordinateStride: chunk * 16, widen: false };
      value += graph.nodes[node]!.ext ? 4 : 1;
      return root;
    });
  };
  const { slotBytes } = planSegments(graph, layout(1), fixed);
  const chunk = chunkGroups(padded * 16 + slotBytes, 32);
  const roots = layout(chunk);
  const plan = planSegments(graph, roots, fixed);
  const compute = emitRoots({ m, circuit, fixed, storageOrder: true }, 'constraints', roots, padded * chunk * 16, plan);
  kernel(m, 'quotient', (f, { frame, group, groups }) => {
    const field = new Field(f);
    const rotation = f.let(frameWord(frame.value, 'rotation'));
    const opposite = f.let(i32.sub(31, rotation));
    const outStride = f.let(frameWord(frame.value, 'outStride'));
    const out = f.let(frameWord(frame.value, 'out'));
    const weights = f.let(frameWord(frame.value, 'weights'));
    const positive = f.let(i32.shl(i32.const(1), frameWord(frame.value, 'half')));
    const add = f.let(frameWord(frame.value, 'add'));
    const scratch = f.let(m.scratch);
    inChunks(f, group.value, groups.value, chunk, (first, count) => {
      f.emit(compute(frame.value, first, count, scratch));
      f.for(0, count, 1, (i) => {
        const value = f.variable('i32', i32.add(scratch, i32.shl(i, 4)));
        const weight = f.variable('i32', weights);
        const t = f.let(i32.add(first, i));
        const sum = weightedSum(f, field, i32.const(padded), undefined, () => {
          const at = f.let(value.value);
          const from = f.let(weight.value);
          f.set(value, i32.add(value.value, chunk * 16));
          f.set(weight, i32.add(weight.value, 16));
          return { value: v128.load(at), weight: from, offset: 0 };
        });
        // V is 2^15 on the first half of the positions and -2^15 on the second
        const position = i32x4.add(i32x4.splat(i32.sub(i32.shl(t, 2), positive)), v128.load(CONSTANT.lanes));
        const isPositive = f.let(i32x4.shrS(position, 31));
        const to = f.variable('i32', i32.add(out, i32.shl(t, 4)));
        for (const x of sum) {
          const rotated = field.rotate(x, rotation, opposite);
          const quotient = f.variable('v128', v128.bitselect(rotated, field.neg(rotated), isPositive));
          f.if(add, () => f.set(quotient, field.add(quotient.value, f.let(v128.load(to.value)))));
          f.emit(v128.store(to.value, quotient.value));
          f.set(to, i32.add(to.value, outStride));
        }
      });
    });
  });
}

export function buildCircuit(circuit: Circuit): CircuitModule {
  const { graph, constraints } = circuit;
  const fractions = circuit.sums.flat();
  const interactionTargets = [
    ...circuit.registers.flatMap((r) => [r.carry, r.add]),
    ...fractions.flatMap((f) => [f.numerator, f.denominator]),
  ];
  const quotientFixed = fixedNodes(graph, constraints);
  const interactionFixed = fixedNodes(graph, interactionTargets);
  const m = new ModuleBuilder();
  emitQuotient(m, circuit, quotientFixed);
  emitFractions(m, circuit, interactionFixed);
  const registers = emitRegisters(m, circuit, interactionFixed);
  return {
    bytes: (shared, pages) => m.toBytes(shared, pages),
    text: (only) => m.toText(only),
    names: ['quotient', 'fractions', ...registers],
    quotientTable: (parameters) => fixedTable(graph, quotientFixed, parameters),
    interactionTable: (parameters) => fixedTable(graph, interactionFixed, parameters),
    weights(powers) {
      const list: QM31[] = constraints.flatMap((id, i) =>
        graph.nodes[id]!.ext ? Q.UNITS.map((unit) => Q.mul(powers[i]!, unit)) : [powers[i]!],
      );
      while (list.length % 4 !== 0) list.push(Q.ZERO);
      return Uint32Array.from(list.flat());
    },
  };
}
