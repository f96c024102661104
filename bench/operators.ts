// What every operator of the compiler costs and how accurate it is, measured on a small case each; the table of compiler/README.md. Run by
// npm run gen. Source: compiler/operators/index.ts. Caveat: one small case says little about large ones: cells an element fall with full lanes
// and rise with what an operator has to move; attributes are those that the case's shapes made the compiler look at.
import type { RealTensors } from '../compiler/graph/reference.ts';
import { compileOnnx } from '../compiler/index.ts';
import type { Attribute } from '../compiler/onnx/graph.ts';
import type { OnnxModel } from '../compiler/onnx/model.ts';
import { elementsOf, type Tensor } from '../compiler/onnx/tensor.ts';
import { FLOAT } from '../compiler/onnx/tensor-proto.ts';
import { OPERATORS } from '../compiler/operators/index.ts';
import { cellsOfRows } from '../vm/estimate/cost.ts';

interface Case {
  /** shapes of the computed inputs */
  inputs: number[][];
  constants?: Tensor[];
  attributes?: Record<string, Attribute>;
  /** range of the inputs, [-1, 1] otherwise */
  from?: [lo: number, hi: number];
  /** inputs are whole numbers */
  whole?: boolean;
  /** constants stand before the computed inputs */
  constantsFirst?: boolean;
  opset?: number;
}

let state = 1;
const random = (): number => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state / 2 ** 30 - 1;
};
const real = (...shape: number[]): Tensor => ({
  shape,
  data: Float64Array.from({ length: elementsOf(shape) }, () => Math.round(random() * 1024) / 1024),
  kind: 'real',
});
const positive = (...shape: number[]): Tensor => ({ ...real(...shape), data: real(...shape).data.map((x) => 1.5 + x / 2) });
const whole = (...values: number[]): Tensor => ({ shape: [values.length], data: Float64Array.from(values), kind: 'integer' });
const scalar = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'real' });

const TOKENS = [1, 8, 16];
const IMAGE = [1, 4, 8, 16];
const unary: Case = { inputs: [TOKENS] };
const within = (lo: number, hi: number): Case => ({ inputs: [TOKENS], from: [lo, hi] });
const two: Case = { inputs: [TOKENS, TOKENS] };
const logic: Case = { inputs: [TOKENS, TOKENS], from: [0, 1], whole: true, opset: 18 };
const bits: Case = { inputs: [TOKENS], constants: [whole(6)], from: [0, 15], whole: true };
const reduced: Case = { inputs: [TOKENS], attributes: { axes: [2] }, opset: 11 };
const window: Case = { inputs: [IMAGE], attributes: { kernel_shape: [2, 2], strides: [2, 2] } };
const recurrent = (gates: number): Case => ({
  inputs: [[3, 1, 8]],
  constants: [real(1, 4 * gates, 8), real(1, 4 * gates, 4), real(1, 8 * gates)],
  attributes: { hidden_size: 4 },
});

const CASES: Readonly<Record<string, Case>> = {
  Acos: within(-0.9, 0.9),
  Acosh: within(1.5, 4),
  Add: two,
  And: logic,
  ArgMax: { inputs: [TOKENS], attributes: { axis: 2 } },
  ArgMin: { inputs: [TOKENS], attributes: { axis: 2 } },
  Asin: within(-0.9, 0.9),
  Atanh: within(-0.9, 0.9),
  AveragePool: window,
  BatchNormalization: { inputs: [IMAGE], constants: [real(4), real(4), real(4), positive(4)] },
  BitShift: { inputs: [TOKENS], constants: [whole(1)], from: [0, 15], whole: true, attributes: { direction: 'LEFT' } },
  BitwiseAnd: bits,
  BitwiseOr: bits,
  BitwiseXor: bits,
  Cast: { inputs: [TOKENS], attributes: { to: FLOAT } },
  Concat: { inputs: [TOKENS, TOKENS], attributes: { axis: 1 } },
  Conv: { inputs: [IMAGE], constants: [real(4, 4, 3, 3), real(4)], attributes: { pads: [1, 1, 1, 1] } },
  ConvTranspose: { inputs: [IMAGE], constants: [real(4, 4, 2, 2)], attributes: { strides: [2, 2] } },
  CumSum: { inputs: [TOKENS], constants: [whole(1)] },
  DepthToSpace: { inputs: [IMAGE], attributes: { blocksize: 2 } },
  Div: { inputs: [TOKENS, TOKENS], from: [0.5, 2] },
  Einsum: { inputs: [TOKENS], constants: [real(16, 8)], attributes: { equation: 'bij,jk->bik' } },
  Equal: two,
  Expand: { inputs: [[1, 8, 1]], constants: [whole(1, 8, 16)] },
  Gather: { inputs: [TOKENS], constants: [whole(0, 2, 5)], attributes: { axis: 1 } },
  GatherElements: { inputs: [[4, 4]], constants: [{ ...whole(0, 1, 2, 3, 3, 2, 1, 0), shape: [2, 4] }] },
  GatherND: { inputs: [TOKENS], constants: [{ ...whole(0, 2, 0, 5), shape: [2, 2] }] },
  Gemm: { inputs: [[16, 16]], constants: [real(16, 16), real(16)] },
  GlobalAveragePool: { inputs: [IMAGE] },
  GlobalLpPool: { inputs: [IMAGE] },
  GlobalMaxPool: { inputs: [IMAGE] },
  Greater: two,
  GreaterOrEqual: two,
  GridSample: {
    inputs: [
      [1, 2, 8, 8],
      [1, 4, 4, 2],
    ],
    opset: 20,
  },
  GroupNormalization: { inputs: [IMAGE], constants: [real(4), real(4)], attributes: { num_groups: 2 }, opset: 21 },
  GRU: recurrent(3),
  Hardmax: { inputs: [TOKENS], attributes: { axis: 2 } },
  InstanceNormalization: { inputs: [IMAGE], constants: [real(4), real(4)] },
  LayerNormalization: { inputs: [TOKENS], constants: [real(16), real(16)] },
  Less: two,
  LessOrEqual: two,
  Log: within(0.2, 2),
  LogSoftmax: { inputs: [TOKENS], attributes: { axis: 2 } },
  LpNormalization: { inputs: [TOKENS], attributes: { axis: 2 } },
  LRN: { inputs: [IMAGE], attributes: { size: 3 } },
  LSTM: recurrent(4),
  LpPool: window,
  MatMul: { inputs: [TOKENS], constants: [real(16, 16)] },
  Max: two,
  MaxPool: window,
  Mean: two,
  MeanVarianceNormalization: { inputs: [IMAGE] },
  Min: two,
  Mod: { inputs: [TOKENS], constants: [scalar(0.75)], attributes: { fmod: 1 } },
  Mul: two,
  Not: { inputs: [TOKENS], from: [0, 1], whole: true },
  Or: logic,
  Pad: { inputs: [IMAGE], constants: [whole(0, 0, 1, 1, 0, 0, 1, 1)] },
  Pow: { inputs: [TOKENS], constants: [scalar(2)] },
  PRelu: { inputs: [TOKENS], constants: [positive(16)] },
  Reciprocal: within(0.5, 2),
  ReduceLogSum: { ...reduced, from: [0.5, 2] },
  ReduceProd: { ...reduced, from: [0.5, 1.5], inputs: [[1, 8, 4]] },
  Reshape: { inputs: [TOKENS], constants: [whole(1, 16, 8)] },
  Resize: {
    inputs: [IMAGE],
    constants: [real(0), { ...whole(1, 1, 2, 2), kind: 'real' }],
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
  },
  RMSNormalization: { inputs: [TOKENS], constants: [real(16)], opset: 23 },
  RNN: recurrent(1),
  Slice: { inputs: [TOKENS], constants: [whole(2), whole(6), whole(1)] },
  Softmax: { inputs: [TOKENS], attributes: { axis: 2 } },
  SpaceToDepth: { inputs: [IMAGE], attributes: { blocksize: 2 } },
  Sqrt: within(0.2, 2),
  Sub: two,
  Sum: two,
  Tan: within(-1, 1),
  Tile: { inputs: [TOKENS], constants: [whole(1, 2, 1)] },
  TopK: { inputs: [TOKENS], constants: [whole(1)] },
  Transpose: { inputs: [TOKENS], attributes: { perm: [0, 2, 1] } },
  Trilu: { inputs: [[1, 8, 8]] },
  Unsqueeze: { inputs: [TOKENS], constants: [whole(0)] },
  Upsample: { inputs: [IMAGE], constants: [{ ...whole(1, 1, 2, 2), kind: 'real' }], opset: 9 },
  Where: { inputs: [TOKENS, TOKENS], constants: [{ ...whole(...Array.from({ length: 16 }, (_, i) => i % 2)) }], constantsFirst: true },
  Xor: logic,
};
for (const name of ['ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceSum', 'ReduceSumSquare'])
  (CASES as Record<string, Case>)[name] = reduced;
for (const name of ['Dropout', 'Flatten', 'Identity', 'Squeeze']) (CASES as Record<string, Case>)[name] = unary;

const ML = 'ai.onnx.ml.';

/** Attributes that remember which of them were asked for. */
class WatchedAttributes extends Map<string, Attribute> {
  readonly asked = new Set<string>();
  override get(name: string): Attribute | undefined {
    this.asked?.add(name);
    return super.get(name);
  }
}

/** One row of the table. */
interface Measured {
  attributes: string[];
  cellsPerElement: number;
  error: number;
}

/** Compiles the case of an operator. @returns undefined for an operator without one */
function measured(label: string): Measured | undefined {
  const single = OPERATORS[label]?.ofOne && !label.startsWith(ML) ? unary : undefined;
  const given = CASES[label] ?? single;
  if (!given) return undefined;
  const { inputs, constants = [], attributes = {}, from: [lo, hi] = [-1, 1], constantsFirst, opset = 17 } = given;
  state = 1;
  const watched = new WatchedAttributes(Object.entries(attributes));
  const names = inputs.map((_, i) => `x${i}`);
  const fixed = constants.map((_, i) => `c${i}`);
  const model: OnnxModel = {
    name: label,
    opsets: new Map([
      ['', opset],
      ['ai.onnx.ml', 3],
    ]),
    nodes: [
      {
        index: 0,
        name: label,
        operator: label.replace(ML, ''),
        domain: label.startsWith(ML) ? 'ai.onnx.ml' : '',
        inputs: constantsFirst ? [...fixed, ...names] : [...names, ...fixed],
        outputs: ['y'],
        attributes: watched,
      },
    ],
    initializers: new Map(constants.map((tensor, i) => [`c${i}`, tensor])),
    inputs: inputs.map((shape, i) => ({ name: `x${i}`, shape, elementType: given.whole ? 7 : 1 })),
    outputs: [{ name: 'y', shape: undefined, elementType: 1 }],
  };
  const sample = (): RealTensors =>
    Object.fromEntries(
      inputs.map((shape, i) => {
        const data = Float64Array.from({ length: elementsOf(shape) }, () => {
          const x = lo + ((hi - lo) * (random() + 1)) / 2;
          return given.whole ? Math.round(x) : x;
        });
        return [`x${i}`, { shape, data }];
      }),
    );
  // the error is what is measured here, so any is taken
  const { program, report } = compileOnnx(model, { calibration: Array.from({ length: 4 }, sample), activationBits: 10, acceptError: 1e9 });
  const cells = report.stages.reduce((sum, { rows }) => sum + cellsOfRows(rows), 0);
  return {
    attributes: [...watched.asked].sort(),
    cellsPerElement: cells / Math.max(...[...program.inputs, ...program.outputs].map(({ shape }) => elementsOf(shape))),
    error: report.outputs[0]!.relativeError,
  };
}

const oneDigit = (share: number): string => (share === 0 ? 'exact' : `${Number((100 * share).toPrecision(1))} %`);

/** rows of the table: operator, attributes, cells for each element of the larger of input and result, largest error on four random inputs */
export const operatorRows = (): string[][] =>
  Object.keys(OPERATORS)
    .sort()
    .map((label) => {
      const found = measured(label);
      if (!found) return [label, '', 'not measured', ''];
      const { attributes, cellsPerElement, error } = found;
      return [
        label,
        attributes.map((name) => `\`${name}\``).join(' '),
        cellsPerElement === 0 ? '0' : cellsPerElement.toFixed(cellsPerElement < 10 ? 1 : 0),
        oneDigit(error),
      ];
    });
