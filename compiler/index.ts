// ONNX -> program: the compiler's front door. Source: DESIGN §6. Caveat: what the program computes is the integer model; the report says how
// far that is from the float one on the calibration inputs, and nothing beyond them.
import { usage, ZkvmError } from '../fri/errors.ts';
import type { Program } from '../vm/program.ts';
import { calibrate } from './calibrate.ts';
import { buildGraph, type Graph } from './graph.ts';
import { Lowering } from './lower.ts';
import { type OnnxModel, readOnnx } from './onnx.ts';
import { forBatch, type QuantisationOptions, quantise, valuesToKeep } from './quantise.ts';
import type { RealTensors } from './reference.ts';
import { type CompileReport, makeReport, valuesToMeasure } from './report.ts';
import { StageBuilder, type StageGraph } from './stages.ts';
import type { ExternalData } from './tensor-proto.ts';

export interface CompileOptions extends Partial<QuantisationOptions> {
  /** typical inputs, one object a sample: at least one */
  calibration: readonly RealTensors[];
  /** name of the model; the ONNX graph's own name if left out */
  name?: string;
  /** labels of the classes of the first output */
  labels?: readonly string[];
  /** samples that one run computes, 1 … 16 in the lanes; only for models whose inputs have a first axis of 1 */
  batch?: number;
  /** name of the file, for messages */
  file?: string;
  /** refuse a program whose outputs differ by more than this share of their largest value on the calibration inputs */
  accuracy?: number;
  /** reads the files in which a large model keeps its tensors */
  external?: ExternalData;
}

export interface CompileResult {
  program: Program;
  report: CompileReport;
}

const MAX_BATCH = 16;

/** Fuses the graph's nodes into stages. */
export function stagesOf(graph: Graph): StageGraph {
  const builder = new StageBuilder(graph.shapes, graph.constants, graph.uses, graph.whole);
  for (const { name } of graph.inputs) builder.input(name);
  for (const { context, operator } of graph.nodes) {
    builder.where = context.where;
    operator.stage(context, builder);
  }
  builder.where = 'graph output';
  return builder.finish(graph.outputs.map(({ name }) => name));
}

/** @throws ZK0531 for a number of bits or samples that is out of range */
function checked(options: CompileOptions): QuantisationOptions {
  const within = (name: string, value: number, least: number, most: number): number => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw usage('ZK0531', { what: `${name} = ${value}`, why: `a whole number from ${least} to ${most} is needed` });
    return value;
  };
  within('batch', options.batch ?? 1, 1, MAX_BATCH);
  return {
    activationBits: within('activationBits', options.activationBits ?? 10, 8, 15),
    outputBits: within('outputBits', options.outputBits ?? 11, 8, 15),
    inputBits: options.inputBits === undefined ? undefined : within('inputBits', options.inputBits, 4, 15),
    weightBits: within('weightBits', options.weightBits ?? 16, 4, 24),
  };
}

/**
 * Compiles an ONNX model into a program of the machine.
 * @param onnxBytes the file
 * @returns the program and what to know about it before it is run
 * @throws ZkvmError: ZK0501-ZK0506 (file), ZK0510-ZK0514 (graph; kind 'unsupported' names node and what is supported), ZK0520-ZK0522
 *   (calibration), ZK0530 (bounds), ZK0531 (options)
 * @example const { program, report } = compileModel(bytes, { calibration: [{ input: { shape: [1, 64], data: pixels } }] })
 */
export function compileModel(onnxBytes: Uint8Array, options: CompileOptions): CompileResult {
  checked(options);
  return compileOnnx(readOnnx(onnxBytes, options.external), options);
}

/** `compileModel` for a model that is read already. */
export function compileOnnx(model: OnnxModel, options: CompileOptions): CompileResult {
  const bits = checked(options);
  const { batch = 1, file = 'model.onnx' } = options;
  const single = buildGraph(model, 1, file);
  const stages = stagesOf(single);
  const calibration = calibrate(single, options.calibration, valuesToKeep(stages), valuesToMeasure(stages));
  const integers = quantise(stages, calibration, bits);
  // samples in the lanes change shapes only: ranges, scales and weights are those of one sample
  const batched = batch === 1 ? integers : forBatch(integers, stagesOf(buildGraph(model, batch, file)));
  const lowering = new Lowering(batched);
  const { inputs, outputs } = lowering.run();
  const { slots, rows: lookupRows } = lowering.tables.finish();
  const { rom, codeWords, ramLogSize, sourceMap } = lowering.emitter.finish();
  const program: Program = {
    rom,
    codeWords,
    slots,
    ramLogSize,
    inputs,
    outputs,
    metadata: { name: options.name ?? (model.name || 'model'), labels: [...(options.labels ?? [])] },
    sourceMap,
  };
  const report = makeReport({ integers, calibration, samples: options.calibration, graph: single, program, lowering, lookupRows });
  if (options.accuracy !== undefined) requireAccuracy(report, options.accuracy, single.whole);
  return { program, report };
}

/** @throws ZK0533 if an output is further from the float model than asked for; integers must be exact */
function requireAccuracy({ outputs }: CompileReport, accuracy: number, whole: ReadonlySet<string>): void {
  const worst = outputs.find(({ name, maxError, relativeError }) => (whole.has(name) ? maxError >= 0.5 : relativeError > accuracy));
  if (worst)
    throw new ZkvmError('unsupported', 'ZK0533', {
      what: `the integers are not accurate enough: output "${worst.name}" is off by ${(100 * worst.relativeError).toFixed(1)} % of its largest value`,
      why: whole.has(worst.name)
        ? 'integers and booleans must be exact'
        : `at most ${100 * accuracy} % was asked for, on the calibration inputs`,
      fix: 'more bits, calibration inputs of a narrower range, or a lower accuracy',
    });
}

export type { RealTensors } from './reference.ts';
export type { CompileReport } from './report.ts';
