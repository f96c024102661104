// `zkvm/debugger`: a trace file in, steps, reasons and failures out, on the digits model. Source: vm/library/debugger.ts. Caveat: what the parts say is held by
// test/vm/debug; here it is that they are reached from bytes.
// Slow: compiles a model.
import { beforeAll, describe, expect, test } from 'vitest';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { debugTrace, type TraceDebugger } from '../../vm/library/debugger.ts';
import { callerInputs } from '../../vm/library/proving.ts';
import { inputOf, modelOf } from './kit.ts';

let bytes: Uint8Array;
let run: TraceDebugger;
beforeAll(async () => {
  const model = await modelOf('digits_mlp');
  const name = model.inputs[0]!.name;
  bytes = encodeTrace(traceOf(model.bytes(), execute(model.program, callerInputs(model, { [name]: inputOf('digits_mlp') }).integers)));
  run = debugTrace(bytes);
});

describe('a run of digits', () => {
  test('has steps that belong to nodes, and each has its tensors', () => {
    const lines = run.lines(0, run.steps + 10);
    expect(lines).toHaveLength(run.steps);
    expect(new Set(lines.map(({ node }) => node?.replace(/.*node/, 'node')))).toContain('node #0 Gemm "Gemm_1"');
    expect(lines.at(-1)!.opcode).toBe('HLT');
    for (const { step, opcode } of lines) expect(run.step(step).operands.length).toBe(opcode === 'HLT' ? 0 : 2);
    expect(run.search({ node: 'gemm_3', opcode: 'STORE' })).toHaveLength(1);
    expect(run.lines(run.steps, 3)).toEqual([]);
  });

  test('its answer goes back to both layers and to pixels', () => {
    const { name } = run.outputs[0]!;
    const { reasons, steps } = run.why(name, 7, { places: 2000, products: 64 });
    const nodes = new Set(run.lines(0, run.steps).flatMap(({ step, node }) => (steps.includes(step) ? [node] : [])));
    expect([...nodes].filter((node) => node?.includes('Gemm'))).toHaveLength(2);
    expect(reasons.filter(({ owner }) => owner.kind === 'input').length).toBeGreaterThan(10);
    for (const { stored, products, rest } of reasons)
      if (stored && !stored.masked) expect(products!.reduce((sum, { product }) => sum + product, rest!)).toBe(stored.coefficient);
  });

  test('rows come in pages', () => {
    const [step] = run.search({ opcode: 'STORE' });
    const whole = run.step(step!, 1000).rows.find(({ chip }) => chip === 'store')!;
    const page = run.step(step!, 4, 8).rows.find(({ chip }) => chip === 'store')!;
    expect(page).toMatchObject({ rows: 4, firstRow: whole.firstRow + 8 });
    expect(page.cells.map((column) => [...column])).toEqual(whole.cells.map((column) => [...column.slice(8, 12)]));
  });

  test('passes; with a changed cell the failure says row, sentence and step', () => {
    expect(run.judge()).toMatchObject({ ok: true, failureCount: 0 });
    const trace = decodeTrace(bytes);
    const column = trace.instances[TYPE.mac]!.columns[MACHINE.components[TYPE.mac]!.base.indexOf('aw')]!;
    column[20]! += 1;
    const changed = debugTrace(encodeTrace(trace));
    const { failures, changes } = changed.judge();
    expect(changes).toMatchObject([{ chip: 'mac', row: 20, column: 'aw' }]);
    const failure = failures.find(({ row }) => row === 20)!;
    expect(failure.formula).toContain('aw');
    expect(failure.cells.aw).toBe(column[20]);
    expect(changed.step(failure.step!).changes).toEqual(changes);
  });
});

test('what there is not is refused with its name', () => {
  for (const step of [-1, 0.5, run.steps, Number.NaN]) expect(() => run.step(step)).toThrow(`there is no step ${step}`);
  // rows before a step's first one are another step's
  for (const row of [-1, 0.5, Number.NaN]) {
    expect(() => run.step(1, 4, row)).toThrow(`the first row is ${row}`);
    expect(() => run.step(1, row)).toThrow(`the number of rows is ${row}`);
  }
  expect(run.step(1, Number.POSITIVE_INFINITY)).toEqual(run.step(1, 2 ** 20));
  expect(() => run.why('nothing', 0)).toThrow('nothing');
  expect(() => run.why(run.outputs[0]!.name, 10)).toThrow('element 10');
  expect(() => debugTrace(bytes.subarray(0, 100))).toThrow();
  expect(() => debugTrace('trace.bin' as never)).toThrow('the trace');
});
