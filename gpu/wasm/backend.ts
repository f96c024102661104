// The WASM-SIMD backend: columns stay in one WASM memory, every step is a few phases of independent tasks for the pool. Mirrors
// fri/backend/js/backend.ts method by method and gives the same bytes. Source: PCS.md; DESIGN §9. Caveat: methods block their thread while
// they compute, so a page that wants to stay responsive proves in a worker of its own.
import type { Backend, Block, Layer, Opening, Tree } from '../../fri/backend/seam.ts';
import { bug } from '../../fri/core/errors.ts';
import type { ThreadSpan } from '../kind/kind.ts';
import { composition } from './composition.ts';
import { proofBytes } from './estimate.ts';
import { interaction } from './interaction.ts';
import { cosetColumns, deep, fold, grind, sample } from './opening.ts';
import { addSteps, runningSum } from './running-sum.ts';
import { type Column, type CompiledCircuit, Session, type WasmBlock } from './session.ts';
import { closeRows, extend, interpolateRows, upload } from './transform.ts';
import { buildTree, openRows, releaseTree, type StoredTree, treeWitnesses } from './tree.ts';

interface WasmTree extends Tree, StoredTree {
  /** what it commits to; a tree that kept its leaves does not need them */
  blocks: readonly WasmBlock[];
}
interface WasmLayer extends Layer {
  values: WasmBlock;
}

export interface WasmBackend extends Backend {
  readonly threads: number;
  /** bytes of columns, trees and tables in use now, and the most there ever were */
  memory(): { usedBytes: number; peakBytes: number };
  /** what the threads beside the calling one did since the last call, with `profile`; else nothing */
  takeSpans(): Promise<ThreadSpan[]>;
  /** ends the worker threads; the backend cannot be used any more */
  close(): void;
}

const blockOf = (block: Block): WasmBlock => block as WasmBlock;
const layerOf = (layer: Layer): WasmBlock => (layer as WasmLayer).values;
const asLayer = (values: WasmBlock): WasmLayer => ({ logSize: values.logSize, values });

/**
 * Starts a backend; its threads stay until `close`, and do not keep a Node process alive.
 * @param options.threads threads that compute, the caller's included (default 1); 1 where memory cannot be shared
 * @param options.patienceMs how long a thread may be silent while it is waited for (a minute); then operations throw ZK0624
 * @param options.profile note when each thread works
 * @throws backend ZK0622, ZK0623 when the engine gives no memory or no thread
 */
export async function wasmBackend(options: { threads?: number; patienceMs?: number; profile?: boolean } = {}): Promise<WasmBackend> {
  const session = await Session.start(options.threads ?? 1, options.patienceMs, options.profile);

  const columnsOfAll = (blocks: readonly WasmBlock[]): Column[] => blocks.flatMap((block) => session.columnsOf(block));

  /** an operation that leaves nothing in memory when it throws */
  const atomic = <T>(body: () => T): T => session.memory.undoing(body);

  const releaseBlock = (block: WasmBlock): void => {
    if (block.source?.doubled === block) block.source.doubled = undefined;
    session.release(block);
  };

  return {
    name: 'wasm',
    threads: session.threads,
    memory: () => ({ usedBytes: session.memory.usedBytes, peakBytes: session.memory.peakBytes }),
    takeSpans: () => session.pool.takeSpans(),
    close: () => session.close(),

    async reserve(blocks, logBlowup) {
      const logSize = Math.max(0, ...blocks.map((b) => b.logSize)) + logBlowup;
      session.memory.reserve(proofBytes(blocks, logBlowup) + session.towerBytes(logSize));
    },

    async fill(shapes, write) {
      return atomic(() => {
        const blocks = shapes.map(({ columns, logSize }) => session.block(columns, logSize));
        session.clear(...blocks);
        // before anybody else's turn: another proof may make the memory grow, and these views with it
        write(blocks.map((block) => Array.from({ length: block.columns }, (_, c) => session.view(block, c))));
        for (const block of blocks) closeRows(session, block);
        return blocks;
      });
    },

    async upload(columns, logSize) {
      for (const column of columns) if (column.length !== 2 ** logSize) throw bug(`a column of ${column.length} rows, not 2^${logSize}`);
      return atomic(() => upload(session, columns, logSize));
    },

    async interpolate(rows) {
      return atomic(() => interpolateRows(session, blockOf(rows)));
    },

    async extend(coefficients, logBlowup) {
      const from = blockOf(coefficients);
      const values = atomic(() => extend(session, from, logBlowup));
      if (logBlowup === 1) {
        from.doubled = values;
        values.source = from;
      }
      return values;
    },

    async commit(evaluations): Promise<WasmTree> {
      const blocks = evaluations.map(blockOf);
      return { ...atomic(() => buildTree(session, columnsOfAll(blocks))), blocks };
    },

    async interaction(traces) {
      const compiled = await session.circuit(traces.circuit);
      return atomic(() =>
        interaction(session, traces, compiled, traces.preprocessed && blockOf(traces.preprocessed), blockOf(traces.base)),
      );
    },

    async addSteps(rows, logSize, steps) {
      return atomic(() => addSteps(session, blockOf(rows), logSize, steps && blockOf(steps)));
    },

    async runningSum(steps) {
      const sum = atomic(() => runningSum(session, blockOf(steps)));
      return async () => sum;
    },

    async composition(instances, logSize) {
      const compiled: CompiledCircuit[] = [];
      for (const { circuit } of instances) compiled.push(await session.circuit(circuit));
      return atomic(() => composition(session, instances, compiled, logSize));
    },

    async sample(coefficients, logSize, point, columns) {
      return atomic(() => sample(session, coefficients.map(blockOf), logSize, point, columns));
    },

    async deep(evaluations, batches, logSize): Promise<WasmLayer> {
      return asLayer(atomic(() => deep(session, evaluations.map(blockOf), batches, logSize)));
    },

    async commitLayer(layer, foldLog): Promise<WasmTree> {
      return atomic(() => {
        const cosets = cosetColumns(session, layerOf(layer), foldLog);
        const tree = buildTree(session, session.columnsOf(cosets), true);
        session.release(cosets);
        return { ...tree, blocks: [] };
      });
    },

    async fold(layer, foldLog, circle, alpha): Promise<WasmLayer> {
      return asLayer(atomic(() => fold(session, layerOf(layer), foldLog, circle, alpha)));
    },

    async read(layer) {
      return [0, 1, 2, 3].map((c) => session.view(layerOf(layer), c).slice());
    },

    async open(tree, positions): Promise<Opening> {
      const stored = tree as WasmTree;
      return openRows(session, stored, columnsOfAll(stored.blocks), positions);
    },

    async openLayer(tree, layer, cosets, known): Promise<Opening> {
      const stored = tree as WasmTree;
      const values = layerOf(layer);
      const coset = 2 ** (values.logSize - stored.height);
      const columns = [0, 1, 2, 3].map((c) => session.view(values, c));
      const words = new Uint32Array(4 * coset * cosets.length);
      let at = 0;
      for (const k of cosets)
        for (let position = k * coset; position < (k + 1) * coset; position++)
          if (!known.has(position)) for (const column of columns) words[at++] = column[position]!;
      return { words: words.slice(0, at), witnesses: treeWitnesses(session, stored, cosets) };
    },

    async grind(digest, bits, between) {
      return grind(session, digest, bits, between);
    },

    free(...items) {
      for (const item of items) {
        if (!item) continue;
        if ('layers' in item) releaseTree(session, item as WasmTree);
        else releaseBlock('values' in item ? (item as WasmLayer).values : blockOf(item as Block));
      }
    },
  };
}
