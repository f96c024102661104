// Runs one backend test case: compile, execute the program, compare with the expected outputs. Source: onnx/backend/test/runner.
// Rule: outputs of floating point may differ by 1 % of the output's largest absolute value, integers and booleans not at all.
// Caveat: the test's own inputs are the calibration, so ranges always fit.
import { compileOnnx } from '../../compiler/index.ts';
import type { OnnxModel } from '../../compiler/onnx/model.ts';
import { elementsOf, type Tensor } from '../../compiler/onnx/tensor.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { execute } from '../../vm/executor/run.ts';
import { audit, undeterminedText } from '../../vm/program/audit.ts';
import { decoderOf, encoderOf, encodingOf } from '../../vm/program/encoding.ts';
import type { IntegerTensors } from '../../vm/program/types.ts';
import { type DataSet, readDataSets, readModel } from './cases.ts';

/** of the output's largest absolute value */
const TOLERANCE = 0.01;
/** element type bfloat16, and what its own rounding of every step may add: the expected values have 8 bits, and so had all before them */
const BFLOAT16 = 16;
const BFLOAT16_ROUNDING = 2 ** -7;

export type Status = 'passed' | 'unsupported' | 'failed';

export interface Outcome {
  status: Status;
  /** operators of the model, each once */
  operators: string[];
  /** inputs that the prover gives; the others were compiled in */
  live: number;
  inputs: number;
  /** largest error relative to the largest value, over all outputs of floating point */
  error: number;
  /** why it is unsupported or failed */
  reason: string;
}

/** Inputs that describe an operation rather than feed it: operator → positions. In real models they are initializers. */
const SHAPE_LIKE: Readonly<Record<string, readonly number[]>> = {
  AffineGrid: [1],
  CenterCropPad: [1],
  Col2Im: [1, 2],
  Compress: [1],
  ConstantOfShape: [0],
  CumProd: [1],
  CumSum: [1],
  DFT: [1, 2],
  Expand: [1],
  OneHot: [1],
  Pad: [1, 2, 3],
  Range: [0, 1, 2],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  Resize: [1, 2, 3],
  ReverseSequence: [1],
  Slice: [1, 2, 3, 4],
  Split: [1],
  Squeeze: [1],
  Tile: [1, 2],
  TopK: [1],
  Trilu: [1],
  Unsqueeze: [1],
  Upsample: [1],
  Dropout: [1, 2],
  BlackmanWindow: [0],
  HammingWindow: [0],
  HannWindow: [0],
  MelWeightMatrix: [0, 1, 2, 3, 4],
};

/** Choices of inputs to compile in, the least first. */
function choices(model: OnnxModel, { inputs }: DataSet): ReadonlySet<string>[] {
  const names = model.inputs.map(({ name }) => name);
  const shapeLike = new Set(
    names.filter(
      (name, i) =>
        inputs[i]?.data.length === 0 ||
        model.nodes.some((node) => node.inputs.some((input, at) => input === name && SHAPE_LIKE[node.operator]?.includes(at))),
    ),
  );
  const whole = new Set(names.filter((name, i) => shapeLike.has(name) || inputs[i]?.kind === 'integer'));
  const rest = new Set(names.slice(1));
  const list: ReadonlySet<string>[] = [shapeLike];
  if (whole.size < names.length) list.push(whole);
  if (rest.size > 0 && inputs[0]?.data.length) list.push(rest);
  return list;
}

const label = ({ domain, operator }: OnnxModel['nodes'][0]): string => (domain ? `${domain}.${operator}` : operator);

/** The message, without the long list of operators that are supported. */
const reasonOf = (error: ZkvmError): string => error.message.replace(/; supported: Abs,.*$/, '');

/** errors of kind `usage` that say that the test's own numbers cannot be stored: infinite, or no numbers at all */
const NOT_FINITE = new Set(['ZK0504', 'ZK0520', 'ZK0522']);

const isRefusal = (error: unknown): error is ZkvmError =>
  error instanceof ZkvmError &&
  (error.kind === 'unsupported' || (NOT_FINITE.has(error.code) && /not finite|NaN|Infinity/.test(error.message)));

/** @returns the largest error, relative to the largest value. @throws Error if the output is wrong */
export function compared(name: string, want: Tensor, shape: readonly number[], got: Float64Array, tolerance = TOLERANCE): number {
  if (shape.join() !== want.shape.join()) throw new Error(`output "${name}" has shape [${shape}], expected [${want.shape}]`);
  const largest = want.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let error = 0;
  for (const [e, x] of want.data.entries()) {
    const size = want.kind === 'integer' ? Math.abs(Math.round(got[e]!) - x) : Math.abs(got[e]! - x);
    if (!(size <= (want.kind === 'integer' ? 0 : tolerance * largest)))
      throw new Error(`output "${name}"[${e}] is ${got[e]}, expected ${x} (largest ${largest})`);
    if (want.kind === 'real' && largest > 0) error = Math.max(error, size / largest);
  }
  return error;
}

/** One data set with these inputs compiled in. @returns the largest relative error */
function attempt(model: OnnxModel, data: DataSet, fixed: ReadonlySet<string>): number {
  const initializers = new Map(model.initializers);
  const sample: Record<string, Tensor> = {};
  const inputs = model.inputs.flatMap((input, i) => {
    const tensor = data.inputs[i];
    if (!tensor) throw new Error(`no data for input "${input.name}"`);
    if (fixed.has(input.name)) initializers.set(input.name, tensor);
    else sample[input.name] = tensor;
    return fixed.has(input.name) ? [] : [{ ...input, shape: [...tensor.shape] }];
  });
  const { program } = compileOnnx({ ...model, inputs, initializers }, { calibration: [sample], accuracy: TOLERANCE });
  const verdict = audit(program);
  if (!verdict.determined) throw new Error(`not determined: ${undeterminedText(verdict)}`);
  const integers: IntegerTensors = Object.fromEntries(
    program.inputs.map((region) => {
      const encode = encoderOf(region, encodingOf(program.metadata, 'input', region.name));
      const limited = (x: number, e: number): number => Math.min(Math.max(encode(x, e), region.lo), region.hi);
      return [region.name, Int32Array.from(sample[region.name]!.data, limited)];
    }),
  );
  const { outputs } = execute(program, integers);
  let error = 0;
  for (const [i, { name, elementType }] of model.outputs.entries()) {
    const region = program.outputs.find((output) => output.name === name)!;
    const values = Float64Array.from(outputs[name]!, decoderOf(region, encodingOf(program.metadata, 'output', name)));
    if (values.length !== elementsOf(region.shape)) throw new Error(`output "${name}" has ${values.length} elements`);
    error = Math.max(
      error,
      compared(name, data.outputs[i]!, region.shape, values, TOLERANCE + (elementType === BFLOAT16 ? BFLOAT16_ROUNDING : 0)),
    );
  }
  return error;
}

/** Compiles and runs a case. Never throws. */
export function runCase(name: string): Outcome {
  const outcome: Outcome = { status: 'failed', operators: [], live: 0, inputs: 0, error: 0, reason: '' };
  try {
    const model = readModel(name);
    outcome.operators = [...new Set(model.nodes.map(label))].sort();
    outcome.inputs = model.inputs.length;
    const odd = [...model.inputs, ...model.outputs].some(({ elementType }) => elementType === 0);
    // a sequence, a map or an optional value: the compiler says so without data
    if (odd) compileOnnx(model, { calibration: [] });
    const sets = readDataSets(name);
    let refusal: ZkvmError | undefined;
    for (const fixed of choices(model, sets[0]!)) {
      try {
        outcome.error = Math.max(...sets.map((data) => attempt(model, data, fixed)));
        return { ...outcome, status: 'passed', live: model.inputs.length - fixed.size };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  } catch (error) {
    if (isRefusal(error)) return { ...outcome, status: 'unsupported', reason: reasonOf(error) };
    return { ...outcome, reason: error instanceof ZkvmError ? `${reasonOf(error)} ${error.where ?? ''}` : String(error) };
  }
}
