// Recurrent nodes: the unrolled float values against loops written out here, and the executed program against the simulation.
// Slow: models of many steps are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { inWords } from '../../titles.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(31);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

interface Case {
  op: 'LSTM' | 'GRU' | 'RNN';
  length: number;
  batch: number;
  depth: number;
  hidden: number;
  direction: 'forward' | 'reverse' | 'bidirectional';
  linearBeforeReset?: boolean;
  initial?: boolean;
  peepholes?: boolean;
}

type Numbers = Float64Array | number[];

/** Y of one direction, [time][batch][hidden] */
function expected(c: Case, backward: boolean, x: Numbers, w: Numbers, r: Numbers, b: Numbers, h0: Numbers, c0: Numbers, p: Numbers) {
  const { op, length, batch, depth, hidden } = c;
  const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op];
  const out = Array.from({ length }, () => Array.from({ length: batch }, () => new Array<number>(hidden).fill(0)));
  for (let n = 0; n < batch; n++) {
    let h = Array.from({ length: hidden }, (_, i) => h0[n * hidden + i] ?? 0);
    let cell = Array.from({ length: hidden }, (_, i) => c0[n * hidden + i] ?? 0);
    for (let t = 0; t < length; t++) {
      const time = backward ? length - 1 - t : t;
      const input = (gate: number, i: number): number => {
        let sum = b[gate * hidden + i]!;
        for (let k = 0; k < depth; k++) sum += x[(time * batch + n) * depth + k]! * w[(gate * hidden + i) * depth + k]!;
        return sum;
      };
      const inner = (gate: number, i: number, state = h): number => {
        let sum = b[(gates + gate) * hidden + i]!;
        for (let k = 0; k < hidden; k++) sum += state[k]! * r[(gate * hidden + i) * hidden + k]!;
        return sum;
      };
      const both = (gate: number, i: number): number => input(gate, i) + inner(gate, i);
      const units = h.map((_, i) => i);
      if (op === 'RNN') h = units.map((i) => Math.tanh(both(0, i)));
      else if (op === 'GRU') {
        const update = units.map((i) => sigmoid(both(0, i)));
        const reset = units.map((i) => sigmoid(both(1, i)));
        const damped = units.map((i) => reset[i]! * h[i]!);
        const candidate = units.map((i) => Math.tanh(input(2, i) + (c.linearBeforeReset ? reset[i]! * inner(2, i) : inner(2, i, damped))));
        h = units.map((i) => (1 - update[i]!) * candidate[i]! + update[i]! * h[i]!);
      } else {
        const seen = (gate: number, i: number): number => (p[gate * hidden + i] ?? 0) * cell[i]!;
        const written = units.map((i) => sigmoid(both(0, i) + seen(0, i)) * Math.tanh(both(3, i)));
        const next = units.map((i) => sigmoid(both(2, i) + seen(2, i)) * cell[i]! + written[i]!);
        cell = next;
        h = units.map((i) => sigmoid(both(1, i) + seen(1, i)) * Math.tanh(cell[i]!));
      }
      out[time]![n] = h;
    }
  }
  return out;
}

const cases: Case[] = [
  { op: 'LSTM', length: 3, batch: 1, depth: 2, hidden: 5, direction: 'forward' },
  { op: 'LSTM', length: 2, batch: 2, depth: 3, hidden: 4, direction: 'bidirectional', initial: true, peepholes: true },
  { op: 'GRU', length: 3, batch: 1, depth: 4, hidden: 3, direction: 'reverse' },
  { op: 'GRU', length: 2, batch: 3, depth: 2, hidden: 3, direction: 'forward', linearBeforeReset: true, initial: true },
  { op: 'RNN', length: 4, batch: 2, depth: 3, hidden: 18, direction: 'bidirectional' },
];

describe('recurrent layers', () => {
  test.each(cases.map((c) => [inWords(c), c] as const))('%s', (_name, c) => {
    const { op, length, batch, depth, hidden, direction } = c;
    const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op];
    const ways = direction === 'bidirectional' ? 2 : 1;
    const tensors = {
      w: randomTensor(random, [ways, gates * hidden, depth]),
      r: randomTensor(random, [ways, gates * hidden, hidden], 0.5),
      b: randomTensor(random, [ways, 2 * gates * hidden], 0.5),
      h0: randomTensor(random, [ways, batch, hidden]),
      c0: randomTensor(random, [ways, batch, hidden]),
      p: randomTensor(random, [ways, 3 * hidden], 0.5),
    };
    const states = c.initial ? ['h0', ...(op === 'LSTM' ? ['c0'] : [])] : [];
    const peepholes = c.peepholes ? ['p'] : [];
    const model: TestModel = {
      nodes: [
        {
          op,
          inputs: ['x', 'w', 'r', 'b', '', ...states, ...peepholes],
          outputs: ['y', 'last'],
          attributes: { hidden_size: hidden, direction, ...(c.linearBeforeReset ? { linear_before_reset: 1 } : {}) },
        },
      ],
      inputs: { x: [length, batch, depth] },
      outputs: ['y', 'last'],
      initializers: tensors,
    };
    const samples = Array.from({ length: 4 }, () => ({ x: randomTensor(random, [length, batch, depth]) }));
    const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), samples[0]!);
    const part = ({ data }: { data: Float64Array }, way: number): Float64Array =>
      data.slice((way * data.length) / ways, ((way + 1) * data.length) / ways);
    for (let way = 0; way < ways; way++) {
      const backward = direction === 'reverse' || way === 1;
      const list = [tensors.w, tensors.r, tensors.b].map((tensor) => part(tensor, way)) as [Float64Array, Float64Array, Float64Array];
      const [h0, c0, p] = [
        c.initial ? part(tensors.h0, way) : [],
        c.initial ? part(tensors.c0, way) : [],
        c.peepholes ? part(tensors.p, way) : [],
      ];
      const want = expected(c, backward, samples[0]!.x.data, ...list, h0, c0, p);
      for (const [t, rows] of want.entries())
        for (const [n, row] of rows.entries())
          for (const [i, value] of row.entries())
            expect(got.get('y')!.data[((t * ways + way) * batch + n) * hidden + i]).toBeCloseTo(value, 9);
      const final = want[backward ? 0 : length - 1]!.flat();
      for (const [e, value] of final.entries()) expect(got.get('last')!.data[way * batch * hidden + e]).toBeCloseTo(value, 9);
    }
    expect(checkModel(model, samples).error).toBeLessThan(0.02);
  });
});
