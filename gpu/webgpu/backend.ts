// The WebGPU backend: the same bytes as fri/backend/js/, columns stay on the device from upload to openings. Source: DESIGN §9, fri/backend/seam.ts.
// Caveat: operations are only encoded when they return; the device works until the next result that the host reads.
import type { Backend, Block, Layer, Tree } from '../../fri/backend/seam.ts';
import { bug } from '../../fri/core/errors.ts';
import { allocateBlock, freeBlock, type GpuBlock, gpuBlock, groupOf } from './blocks.ts';
import { compositionBlock } from './composition.ts';
import { deepLayer } from './deep.ts';
import { type AdapterDescription, GpuDevice } from './device.ts';
import { devicePlan } from './estimate.ts';
import { foldValues } from './fold.ts';
import { grindOnDevice } from './grind.ts';
import { interactionBlock, startInteraction } from './interaction.ts';
import type { Memory } from './memory.ts';
import type { WebgpuBackendOptions } from './options.ts';
import { Queue } from './queue.ts';
import { sampleBlocks } from './sample.ts';
import { addSteps, scanSum } from './scan.ts';
import type { KernelSpan } from './timestamps.ts';
import { evaluateBlock, interpolateBlock } from './transform.ts';
import { commitBlocks, commitCosets, type GpuTree, openCosets, openRows } from './tree.ts';
import { Twiddles } from './twiddles.ts';

export type { WebgpuBackendOptions };

interface GpuLayer extends Layer {
  values: Memory;
  freed: boolean;
}

/** weight of an emitted kernel (gpu/webgpu/wgsl-emitter.ts): software drivers compile long kernels very slowly */
const KERNEL_WEIGHT = { software: 6000, hardware: 60000 };

export interface WebgpuBackend extends Backend {
  readonly adapter: AdapterDescription;
  /** bytes of buffers held by blocks, trees and layers, and by tables that stay (twiddles) */
  readonly deviceBytes: number;
  /** largest `deviceBytes` so far */
  readonly peakBytes: number;
  /** bytes of freed buffers that are kept for the next use */
  readonly idleBytes: number;
  /** how often the host waited for the device */
  readonly roundTrips: number;
  /** every dispatch on the device since the last call, with its time; empty without `profile` or without timestamp queries */
  takeSpans(): Promise<KernelSpan[]>;
  /** values of a block's columns as they stand on the device */
  download(block: Block): Promise<Uint32Array[]>;
  /** waits until the device has done everything asked so far */
  idle(): Promise<void>;
  /** gives everything back to the device; the backend is of no use afterwards */
  destroy(): Promise<void>;
}

const tree = (t: Tree): GpuTree => {
  if ((t as GpuTree).freed) throw bug('a freed tree is used');
  return t as GpuTree;
};
const layerOf = (l: Layer): GpuLayer => {
  if ((l as GpuLayer).freed) throw bug('a freed layer is used');
  return l as GpuLayer;
};

/**
 * Opens a device and makes a backend of it.
 * @throws ZkvmError backend ZK0601 without an adapter, ZK0602 with only a software adapter and no `allowSoftware`, ZK0603 without a device
 */
export async function webgpuBackend(options: WebgpuBackendOptions = {}): Promise<WebgpuBackend> {
  const device = await GpuDevice.open(options);
  const queue = new Queue(device, options.largestBuffer, options.memoryBytes);
  const twiddles = new Twiddles(queue);
  const weight = options.kernelWeight ?? (device.description.software ? KERNEL_WEIGHT.software : KERNEL_WEIGHT.hardware);

  return {
    name: 'webgpu',
    adapter: device.description,
    get deviceBytes() {
      return queue.memory.inUse;
    },
    get peakBytes() {
      return queue.memory.peak;
    },
    get idleBytes() {
      return queue.memory.idle;
    },
    get roundTrips() {
      return queue.roundTrips;
    },

    async reserve(blocks, logBlowup) {
      const { peakBytes, largestBufferBytes } = devicePlan(blocks, logBlowup);
      await queue.memory.requireRoom(peakBytes, largestBufferBytes);
    },

    async upload(columns, logSize) {
      const rows = 2 ** logSize;
      for (const column of columns) if (column.length !== rows) throw bug(`a column of ${column.length} rows, not 2^${logSize}`);
      const block = allocateBlock(queue, columns.length, logSize, 'trace');
      for (const { memory, first, columns: count } of block.groups)
        await queue.writeColumns(memory, columns.slice(first, first + count), rows);
      return block;
    },

    async interpolate(rows) {
      const block = allocateBlock(queue, rows.columns, rows.logSize, 'coefficients');
      interpolateBlock(queue, twiddles, gpuBlock(rows), block, true);
      return block;
    },

    async extend(coefficients, logBlowup) {
      const source = gpuBlock(coefficients);
      const block = allocateBlock(queue, source.columns, source.logSize + logBlowup, 'evaluations');
      evaluateBlock(queue, twiddles, source, block);
      if (logBlowup === 1) source.doubled = block;
      return block;
    },

    async commit(blocks): Promise<Tree> {
      return commitBlocks(queue, blocks.map(gpuBlock));
    },

    async interaction(instance) {
      return interactionBlock(queue, instance, weight);
    },

    async startInteraction(instance) {
      return startInteraction(queue, instance, weight);
    },

    async addSteps(rows, logSize, steps) {
      const source = gpuBlock(rows);
      const to = steps ? gpuBlock(steps) : allocateBlock(queue, 4, logSize, 'running sum');
      const target = groupOf(to, 0).memory;
      if (!steps) queue.clear(target);
      const last = source.columns - 4;
      const group = groupOf(source, last);
      addSteps(queue, group.memory, last - group.first, source.logSize, target, logSize);
      return to;
    },

    async runningSum(steps) {
      const { totals, groups } = scanSum(queue, groupOf(gpuBlock(steps), 0).memory, 0, steps.logSize);
      return async () => {
        const [a, b, c, d] = await queue.read(totals, 16 * groups, 16);
        queue.memory.release(totals);
        return [a!, b!, c!, d!];
      };
    },

    async composition(instances, logSize) {
      return compositionBlock(queue, twiddles, instances, logSize, weight);
    },

    async sample(coefficients, logSize, point, columns) {
      return sampleBlocks(queue, coefficients.map(gpuBlock), logSize, point, columns);
    },

    async deep(evaluations, batches, logSize): Promise<GpuLayer> {
      return { logSize, values: deepLayer(queue, twiddles, evaluations.map(gpuBlock), batches, logSize), freed: false };
    },

    async commitLayer(layer, foldLog): Promise<Tree> {
      return commitCosets(queue, layerOf(layer).values, layer.logSize, foldLog);
    },

    async fold(layer, foldLog, circle, alpha): Promise<GpuLayer> {
      const values = foldValues(queue, twiddles, layerOf(layer).values, layer.logSize, foldLog, circle, alpha);
      return { logSize: layer.logSize - foldLog, values, freed: false };
    },

    async read(layer) {
      const size = 2 ** layer.logSize;
      const words = await queue.read(layerOf(layer).values);
      return [0, 1, 2, 3].map((c) => words.slice(c * size, (c + 1) * size));
    },

    async open(t, positions) {
      return openRows(queue, tree(t), positions);
    },

    async openLayer(t, layer, cosets, known) {
      return openCosets(queue, tree(t), layerOf(layer).values, layer.logSize, cosets, known);
    },

    async grind(digest, bits, between) {
      return grindOnDevice(queue, digest, bits, between);
    },

    free(...items) {
      for (const item of items) {
        if (!item) continue;
        if ('groups' in item) freeBlock(queue, item as GpuBlock);
        else {
          const owner = item as GpuTree | GpuLayer;
          if (owner.freed) throw bug('a tree or layer is freed twice');
          owner.freed = true;
          queue.memory.release('digests' in owner ? owner.digests : owner.values);
        }
      }
    },

    async download(block) {
      const size = 2 ** block.logSize;
      const groups = gpuBlock(block).groups;
      const parts = await Promise.all(groups.map(({ memory }) => queue.read(memory)));
      return groups.flatMap(({ columns }, i) => Array.from({ length: columns }, (_, c) => parts[i]!.slice(c * size, (c + 1) * size)));
    },

    idle: () => queue.idle(),
    takeSpans: () => queue.takeSpans(),
    destroy: () => queue.destroy(),
  };
}
