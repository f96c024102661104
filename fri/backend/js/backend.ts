// The plain-TypeScript backend: the definition that every other backend is compared with, byte for byte. Runs anywhere.
// Source: PCS.md, step by step. Caveat: about 40 times slower than the WASM one; it is the law, not the product.

import { lift, project, rowPosition } from '../../core/circle.ts';
import { bug } from '../../core/errors.ts';
import { basisAtPoint, evaluate, interpolate } from '../../core/fft.ts';
import { add, mul } from '../../core/m31.ts';
import { rootOf, witnesses } from '../../core/merkle.ts';
import type { QM31 } from '../../core/qm31.ts';
import * as Q from '../../core/qm31.ts';
import { grind, grindInSlices } from '../../core/work.ts';
import type { DeepBatch } from '../../pcs/deep.ts';
import type { Backend, Block, InstanceCoefficients, InstanceTraces, Layer, Opening, Tree } from '../seam.ts';
import { addQuotient, splitComposition } from './composition.ts';
import { deepQuotient } from './deep.ts';
import { allocate, type Felts } from './felts.ts';
import { foldLayer } from './fold.ts';
import { addSteps, interactionColumns, runningSum } from './interaction.ts';
import { type Evaluation, rowTree } from './tree.ts';

interface JsBlock extends Block {
  values: Uint32Array[];
}
interface JsTree extends Tree {
  layers: Uint32Array[];
  columns: Evaluation[];
}
interface JsLayer extends Layer {
  values: Felts;
}

const values = (block: Block | undefined): Uint32Array[] => (block ? (block as JsBlock).values : []);
const block = (columns: Uint32Array[], logSize: number): JsBlock => ({ columns: columns.length, logSize, values: columns });
const feltsOf = (b: Block): Felts => values(b) as unknown as Felts;
const evaluations = (b: Block): Evaluation[] => values(b).map((column) => ({ values: column, logSize: b.logSize }));

/** row order → storage order */
function toStorage(rows: Uint32Array, logSize: number): Uint32Array {
  const stored = new Uint32Array(rows.length);
  for (let row = 0; row < rows.length; row++) stored[rowPosition(logSize, row)] = rows[row]!;
  return stored;
}

/** values of a column of log size `from` on the larger domain of log size `to`, storage order */
const lifted = (column: Uint32Array, from: number, to: number): Uint32Array =>
  from === to ? column : Uint32Array.from({ length: 2 ** to }, (_, position) => column[lift(position, to, from)]!);

export function jsBackend(): Backend {
  return {
    name: 'js',

    async upload(columns, logSize) {
      for (const column of columns) if (column.length !== 2 ** logSize) throw bug(`a column of ${column.length} rows, not 2^${logSize}`);
      return block(
        columns.map((column) => column.slice()),
        logSize,
      );
    },

    async interpolate(rows) {
      return block(
        values(rows).map((column) => interpolate(toStorage(column, rows.logSize), rows.logSize)),
        rows.logSize,
      );
    },

    async extend(coefficients, logBlowup) {
      const logSize = coefficients.logSize + logBlowup;
      return block(
        values(coefficients).map((column) => evaluate(column, logSize)),
        logSize,
      );
    },

    async commit(blocks): Promise<JsTree> {
      const columns = blocks.flatMap(evaluations);
      const height = Math.max(...blocks.map((b) => b.logSize));
      const layers = rowTree(columns, height);
      return { height, layers, columns, root: rootOf(layers) };
    },

    async interaction({ circuit, logSize, preprocessed, base, parameters }: InstanceTraces) {
      return block(interactionColumns(circuit, [...values(preprocessed), ...values(base)], logSize, parameters).flat(), logSize);
    },

    async addSteps(rows, logSize, steps) {
      const to = steps ?? block([...allocate(2 ** logSize)], logSize);
      addSteps(feltsOf(to), values(rows).slice(-4) as unknown as Felts);
      return to;
    },

    async runningSum(steps) {
      const sum = runningSum(feltsOf(steps));
      return async () => sum;
    },

    async composition(instances: readonly InstanceCoefficients[], logSize) {
      const totals = new Map<number, Felts>();
      for (const { circuit, logSize: rows, preprocessed, base, interaction, parameters, powers } of instances) {
        // a forger may commit blocks higher than the instance he claims (PCS.md §7); the quotient then has the largest height
        const k = Math.max(rows, preprocessed?.logSize ?? 0, base.logSize, interaction.logSize);
        const on = (b: Block | undefined): Uint32Array[] =>
          b ? values(b).map((column) => lifted(evaluate(column, b.logSize + 1), b.logSize + 1, k + 1)) : [];
        const coordinates = on(interaction);
        const felts = Array.from({ length: coordinates.length / 4 }, (_, i) => coordinates.slice(4 * i, 4 * i + 4) as unknown as Felts);
        const total = totals.get(k) ?? allocate(2 ** (k + 1));
        totals.set(k, total);
        addQuotient({ circuit, logSize: k, cells: [...on(preprocessed), ...on(base)], felts, parameters, powers }, total);
      }
      return block(splitComposition(totals, logSize), logSize);
    },

    async sample(coefficients, logSize, point, columns) {
      const bases = new Map<number, Felts>();
      const basis = (k: number): Felts => {
        const known = bases.get(k) ?? basisAtPoint(k, project(point, logSize - k));
        bases.set(k, known);
        return known;
      };
      return coefficients.map((b, i) => {
        const wanted = columns && new Set(columns[i]);
        return Q.toWords(values(b).map((column, c) => (!wanted || wanted.has(c) ? dot(column, basis(b.logSize)) : Q.ZERO)));
      });
    },

    async deep(blocks, batches: readonly DeepBatch[], logSize): Promise<JsLayer> {
      return { logSize, values: deepQuotient(blocks.map(evaluations), batches, logSize) };
    },

    async commitLayer(layer, foldLog): Promise<JsTree> {
      const height = layer.logSize - foldLog;
      const coset = 2 ** foldLog;
      // leaf word 4·l + c of coset κ is coordinate c of the value at position κ·2^s + l
      const columns = Array.from({ length: 4 * coset }, (_, w) => {
        const source = (layer as JsLayer).values[w & 3]!;
        const column = new Uint32Array(2 ** height);
        for (let leaf = 0; leaf < column.length; leaf++) column[leaf] = source[leaf * coset + (w >> 2)]!;
        return { values: column, logSize: height };
      });
      const layers = rowTree(columns, height);
      return { height, layers, columns: [], root: rootOf(layers) };
    },

    async fold(layer, foldLog, circle, alpha): Promise<JsLayer> {
      return { logSize: layer.logSize - foldLog, values: foldLayer((layer as JsLayer).values, layer.logSize, foldLog, circle, alpha) };
    },

    async read(layer) {
      return (layer as JsLayer).values.map((column) => column.slice());
    },

    async open(tree, positions): Promise<Opening> {
      const { layers, columns, height } = tree as JsTree;
      const words = new Uint32Array(positions.length * columns.length);
      positions.forEach((position, i) => {
        columns.forEach((column, c) => {
          const lifted = Math.floor(position / 2 ** (height - column.logSize + 1)) * 2 + (position & 1);
          words[i * columns.length + c] = column.values[lifted]!;
        });
      });
      return { words, witnesses: witnesses(layers, positions) };
    },

    async openLayer(tree, layer, cosets, known): Promise<Opening> {
      const { layers, height } = tree as JsTree;
      const coset = 2 ** (layer.logSize - height);
      const source = (layer as JsLayer).values;
      const words: number[] = [];
      for (const k of cosets)
        for (let l = 0; l < coset; l++) {
          const position = k * coset + l;
          if (!known.has(position)) for (let c = 0; c < 4; c++) words.push(source[c]![position]!);
        }
      return { words: Uint32Array.from(words), witnesses: witnesses(layers, cosets) };
    },

    async grind(digest, bits, between) {
      return between ? grindInSlices(digest, bits, between) : grind(digest, bits);
    },

    free() {
      // plain arrays: the garbage collector owns them
    },
  };
}

/** Σ column[i]·basis[i] */
function dot(column: Uint32Array, basis: Felts): QM31 {
  const total: [number, number, number, number] = [0, 0, 0, 0];
  for (let c = 0; c < 4; c++) {
    const b = basis[c]!;
    let sum = 0;
    for (let i = 0; i < column.length; i++) sum = add(sum, mul(column[i]!, b[i]!));
    total[c] = sum;
  }
  return total;
}
