// The library as a program uses it: compile, prove, verify with the record alone, and what is refused. Caveat: profile `fast` for time's sake; the
// rest is the default.
// Slow: it compiles and proves real models.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compileOnnx } from '../../compiler/index.ts';
import { inputSpecs } from '../../compiler/onnx/inputs.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { BOOL, INT64 } from '../../compiler/onnx/tensor-proto.ts';
import {
  check,
  checkTrace,
  compile,
  createProver,
  estimate,
  inspect,
  Model,
  ModelRecord,
  onnxInputs,
  type Proved,
  type Prover,
  reportOf,
  run,
  verify,
  ZkvmError,
} from '../../index.ts';
import { execute } from '../../vm/executor/run.ts';
import { encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { givenTensors } from '../../vm/library/given.ts';
import { callerInputs } from '../../vm/library/proving.ts';
import { fittedSample } from '../../vm/library/samples.ts';
import { node, onnxModel } from '../compiler/onnx-writer.ts';
import { calibrationOf, DIGITS, inputOf, modelOf, onnxOf, rejection } from './kit.ts';

const input = inputOf('digits_mlp');
const context = Uint8Array.of(1, 2, 3);
let model: Model;
let prover: Prover;
let proved: Proved;

beforeAll(async () => {
  model = await modelOf('digits_mlp');
  prover = await createProver({ device: 'wasm', threads: 2 });
  proved = await prover.prove(model, input, { profile: 'fast', context });
});
afterAll(() => prover.close());

describe('a program without types', () => {
  const given = (value: unknown): never => value as never;

  test.each<[string, () => Promise<unknown>]>([
    [
      'a context that is a text, which would be so many zeros',
      () => prover.prove(model, input, { profile: 'fast', context: given('dead') }),
    ],
    ['an option of a proof that there is not', () => prover.prove(model, input, given({ contxt: context }))],
    ['a text for no: it would take what may have several answers', () => prover.prove(model, input, given({ allowUndetermined: 'false' }))],
    ['a controller for its signal', () => run(model, input, { signal: given(new AbortController()) })],
    ['an option of a prover that there is not', () => createProver(given({ thread: 2 }))],
    ['an option of a GPU that there is not', () => createProver({ gpu: given({ allowSoftwre: true }) })],
    ['an option of a preparation that there is not', () => prover.prepare(model, given({ context }))],
    ['an option of a run that there is not', () => run(model, input, given({ strikt: true }))],
    ['an option of a check that there is not', () => check(model, input, given({ profile: 'fast' }))],
    ['an option of an estimate that there is not', () => estimate(model, given({ profiles: ['fast'] }))],
    ['a profile where options are', () => estimate(model, given('fast'))],
    ['a profile for a list of them in a record', () => model.recordFor(given('fast'))],
    ['an option of a record that there is not', () => model.recordFor(['fast'], given({ allowUndetermined: true }))],
    ['an option of an id that there is not', () => model.id('fast', given({ sinal: undefined }))],
    ['a trace that is a text', async () => checkTrace(given('trace'))],
    ['bytes for a model', () => prover.prove(given(model.bytes()), input, { profile: 'fast' })],
    ['bytes for a model that runs', () => run(given(model.bytes()), input)],
    ['bytes for a model that is checked', () => check(given(model.bytes()), input)],
    ['bytes for a model that is estimated', () => estimate(given(model.bytes()))],
    ['no options of a compilation', () => compile(onnxOf('digits_mlp'), given(undefined))],
    [
      'an option of a compilation that there is not',
      () => compile(onnxOf('digits_mlp'), given({ calibration: calibrationOf('digits_mlp'), bit: 8 })),
    ],
    ['the name of an ONNX file', () => compile(given('model.onnx'), { calibration: calibrationOf('digits_mlp') })],
    ['an expected context that is a text', () => verify(proved.proof, model.record, { context: given('010203') })],
    ['an option of a verification that there is not', () => verify(proved.proof, model.record, given({ profile: 'proven' }))],
    ['a profile for a list of them', () => verify(proved.proof, model.record, { profiles: given('fast') })],
    ['the buffer of a proof', () => verify(given(proved.proof.slice().buffer), model.record)],
    ['bytes of a record', async () => verify(proved.proof, given((await model.record).encode()))],
    ['nothing to verify against', () => verify(proved.proof, given(undefined))],
  ])('%s is refused', async (_what, action) => {
    expect(await rejection(action())).toMatchObject({ kind: 'usage', code: 'ZK0626' });
  });

  test('a context that the command line could not name is refused before any work, one byte less is proved', async () => {
    const phases: string[] = [];
    const proof = (bytes: number) =>
      prover.prove(model, input, { profile: 'test', context: new Uint8Array(bytes), onProgress: ({ phase }) => phases.push(phase) });
    expect(await rejection(proof(4097))).toMatchObject({ kind: 'usage', code: 'ZK0311' });
    expect(phases).toEqual([]);
    const { proof: longest } = await proof(4096);
    expect(inspect(longest)).toMatchObject({ kind: 'proof', context: new Uint8Array(4096) });
  });

  test('the same with what fits is accepted', async () => {
    expect(await verify(proved.proof, model.record, { context, profiles: ['fast'] })).toMatchObject({ accepted: true, context });
  });
});

describe('a model', () => {
  test('says what goes in and comes out', () => {
    expect(model).toMatchObject({ name: 'digits_mlp', labels: DIGITS, tables: 'saturating', audit: { determined: true } });
    expect(model.inputs).toEqual([
      { name: 'input', shape: [1, 64], kind: 'real', range: [expect.any(Number), expect.any(Number)], step: expect.any(Number) },
    ]);
    expect(reportOf(model)?.report.accuracy.error).toBeLessThan(0.01);
  });

  test('is the same after its bytes were loaded again, and none where they are damaged', async () => {
    const again = Model.load(model.bytes());
    expect(again.contentHash).toBe(model.contentHash);
    expect(await again.id('fast')).toBe(proved.modelId);
    const bytes = model.bytes();
    bytes[bytes.length >> 1]! ^= 1;
    expect(() => Model.load(bytes.subarray(0, -1))).toThrow(ZkvmError);
    let other: string | undefined;
    try {
      other = Model.load(bytes).contentHash;
    } catch (error) {
      expect(error).toBeInstanceOf(ZkvmError);
    }
    expect(other).not.toBe(model.contentHash);
  });

  test('does not change with the bytes that it was loaded from', () => {
    const bytes = model.bytes();
    const loaded = Model.load(bytes);
    bytes.fill(0);
    loaded.bytes().fill(0);
    expect(loaded.contentHash).toBe(model.contentHash);
  });

  test('of other labels has another id', async () => {
    const other = await compile(onnxOf('digits_mlp'), {
      calibration: calibrationOf('digits_mlp'),
      labels: [...DIGITS].reverse(),
      name: 'digits_mlp',
    });
    expect(await other.id('fast')).not.toBe(proved.modelId);
    const error = await rejection(verify(proved.proof, other.recordFor(['fast'])));
    expect(error).toMatchObject({ kind: 'rejected', code: 'ZK0356' });
  });

  test('makes its record again after a failure, and not after a success', async () => {
    const again = Model.load(model.bytes());
    const failure = new Error('no memory');
    const made = vi.spyOn(again, 'recordFor').mockRejectedValueOnce(failure);
    expect(await rejection(again.record)).toBe(failure);
    expect(await again.record).toBeInstanceOf(ModelRecord);
    expect(await again.record).toBe(await again.record);
    expect(made).toHaveBeenCalledTimes(2);
  });

  test('is not compiled from samples that do not fit, nor from none', async () => {
    const onnx = onnxOf('digits_mlp');
    expect(await rejection(compile(onnx, { calibration: [] }))).toMatchObject({ kind: 'usage' });
    expect(await rejection(compile(onnx, { calibration: [new Float32Array(63)] }))).toMatchObject({ code: 'ZK0810' });
    expect(await rejection(compile(onnx, { calibration: [{ pixels: new Float32Array(64) }] }))).toMatchObject({ code: 'ZK0812' });
    expect(await rejection(compile(onnx, { calibration: [input], signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
  });
});

describe('what an ONNX file asks for', () => {
  test('is told before anything is compiled, with sizes that are open and kinds', () => {
    expect(onnxInputs(onnxOf('digits_mlp'))).toEqual([
      { name: 'input', shape: readOnnx(onnxOf('digits_mlp')).inputs[0]!.shape, kind: 'real' },
    ]);
    const asked = onnxModel({
      inputs: { x: ['batch', 3], i: [2], b: [1] },
      inputTypes: { i: INT64, b: BOOL },
      nodes: [node('Identity', ['x'], ['y'])],
      outputs: ['y'],
    });
    expect(onnxInputs(asked)).toEqual([
      { name: 'x', shape: ['batch', 3], kind: 'real' },
      { name: 'i', shape: [2], kind: 'integer' },
      { name: 'b', shape: [1], kind: 'boolean' },
    ]);
  });

  test('is refused of other bytes and options, by a typed error', () => {
    expect(() => onnxInputs(Uint8Array.of(1, 2, 3))).toThrow(/ZK05/);
    expect(() => onnxInputs('model.onnx' as never)).toThrow(/ZK06/);
    expect(() => onnxInputs(onnxOf('digits_mlp'), { outside: true } as never)).toThrow(/ZK0626/);
  });
});

describe('compiling', () => {
  const calibration = calibrationOf('lenet');
  const onnx = onnxOf('lenet');

  test('lets others have their turn, and ends where a signal says so, in the middle of it', { retry: 2 }, async () => {
    // tried again where the machine was so quick that the signal came in the third turn
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const phases: string[] = [];
    const controller = new AbortController();
    let asked = 0;
    const ended = rejection(
      compile(onnx, {
        calibration,
        signal: controller.signal,
        onProgress({ phase }) {
          phases.push(phase);
          if (!phase.startsWith('choice of bits') || asked) return;
          asked = performance.now();
          setTimeout(() => controller.abort(new Error('enough')), 1);
        },
      }),
    );
    expect(await ended).toMatchObject({ message: 'enough' });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(asked).toBeGreaterThan(0);
    expect(phases).not.toContain('instructions');
  });

  test('two at a time are the same models as one after the other', async () => {
    const digits = () => compile(onnxOf('digits_mlp'), { calibration: calibrationOf('digits_mlp') });
    const both = await Promise.all([compile(onnx, { calibration }), digits()]);
    const alone = [await compile(onnx, { calibration }), await digits()];
    for (const [i, one] of both.entries()) expect(one.bytes()).toEqual(alone[i]!.bytes());
  });

  test('at once it keeps the thread, and makes the same', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const specs = inputSpecs(readOnnx(onnx));
    const samples = calibration.map((sample) =>
      fittedSample(
        givenTensors(
          sample,
          specs.map(({ name }) => name),
          'sample',
        ),
        specs,
      ),
    );
    const { program } = compileOnnx(readOnnx(onnx), { calibration: samples });
    clearInterval(timer);
    expect(turns).toBe(0);
    expect(encodeProgram(program)).toEqual(encodeProgram((await compile(onnx, { calibration })).program));
  });
});

test('samples that are few are told of, others are not', async () => {
  const told = async (count: number): Promise<string[]> => {
    const notes: string[] = [];
    await compile(onnxOf('digits_mlp'), { calibration: calibrationOf('digits_mlp').slice(0, count), onNote: (note) => notes.push(note) });
    return notes;
  };
  expect(await told(7)).toEqual([expect.stringMatching(/^only 7 calibration samples: so few/)]);
  expect(await told(8)).toEqual([]);
});

describe('a declared range', () => {
  const compiled = (ranges: unknown) =>
    compile(onnxOf('digits_mlp'), { calibration: calibrationOf('digits_mlp'), ranges: ranges as never });

  test('is that of the input', async () => {
    const twice = input.map((x) => 2 * x);
    const wide = await compiled({ input: [0, 2] });
    expect((await run(wide, twice, { strict: true })).saturated).toEqual([]);
    const narrow = await compiled({ input: [0, 1] });
    expect(await rejection(run(narrow, twice))).toMatchObject({ kind: 'usage' });
  });

  test.each([
    ['a number', { input: 1 }],
    ['a text for an end', { input: [0, '2'] }],
    ['nothing', { input: null }],
    ['another input', { x: [0, 2] }],
    ['less than the samples are', { input: [0, 0.5] }],
  ])('is refused where it is %s', async (_, ranges) => expect(await rejection(compiled(ranges))).toMatchObject({ code: 'ZK0531' }));
});

describe('a proof', () => {
  test('is verified with the record alone, as real numbers and labels', async () => {
    const record = ModelRecord.decode((await model.record).encode());
    const verdict = await verify(proved.proof, record, {
      inputs: input,
      outputs: proved.outputs,
      labels: proved.labels!,
      context,
      profiles: ['fast'],
    });
    expect(verdict).toMatchObject({
      accepted: true,
      model: 'digits_mlp',
      modelId: proved.modelId,
      profile: 'fast',
      determined: true,
      context,
    });
    expect(verdict.outputs).toEqual(proved.outputs);
    expect(verdict.labels).toEqual(proved.labels);
    expect(record.id('fast')).toBe(proved.modelId);
    expect((await verify(proved.proof, model)).inputsHash).toBe(verdict.inputsHash);
  });

  test('is what run says', async () => {
    const ran = await run(model, { input });
    expect(ran.outputs).toEqual(proved.outputs);
    expect(ran.labels).toEqual(proved.labels);
    expect(ran.saturated).toEqual([]);
  });

  const changed = (values: Float64Array): Float64Array => values.map((x, i) => (i === 3 ? x + 1 : x));
  test.each<[string, () => Parameters<typeof verify>[2], string]>([
    ['another input', () => ({ inputs: input.map((x, i) => (i === 20 ? 1 - x : x)) }), 'ZK0353'],
    ['another output', () => ({ outputs: { output: changed(proved.outputs.output!.data) } }), 'ZK0353'],
    ['other labels', () => ({ labels: ['seven'] }), 'ZK0353'],
    ['another context', () => ({ context: Uint8Array.of(1, 2, 4) }), 'ZK0357'],
    ['another profile', () => ({ profiles: ['proven'] }), 'ZK0354'],
  ])('is rejected where %s is expected', async (_what, options, code) => {
    expect(await rejection(verify(proved.proof, model, options()))).toMatchObject({ kind: 'rejected', code });
  });

  test('with any bit flipped is rejected', async () => {
    const record = await model.record;
    for (const at of [0, 40, proved.proof.length >> 1, proved.proof.length - 1]) {
      const forged = proved.proof.slice();
      forged[at]! ^= 1;
      expect(await rejection(verify(forged, record))).toMatchObject({ kind: 'rejected' });
    }
  });

  test('that was made under test is not accepted unless asked for', async () => {
    const { proof } = await prover.prove(model, input, { profile: 'test' });
    expect(await rejection(verify(proof, model))).toMatchObject({ code: 'ZK0354' });
    expect(await verify(proof, model, { profiles: ['test'] })).toMatchObject({ accepted: true, profile: 'test' });
  });

  test('is told of in steps that only grow', async () => {
    const seen: { phase: string; fraction: number; cells: number }[] = [];
    await prover.prove(model, input, { profile: 'test', onProgress: (progress) => seen.push(progress) });
    expect(seen.map(({ phase }) => phase)).toEqual([
      ...[
        'run',
        'prepare',
        'trace',
        'base',
        'interaction work',
        'interaction',
        'composition',
        'samples',
        'deep',
        'fri',
        'query work',
        'openings',
      ],
    ]);
    expect(seen.every(({ fraction }, i) => fraction > (seen[i - 1]?.fraction ?? 0))).toBe(true);
    expect(seen.at(-1)).toMatchObject({ fraction: 1, cells: proved.cells });
  });
});

describe('inputs', () => {
  test('that do not fit are refused before anything starts', async () => {
    expect(await rejection(prover.prove(model, new Float32Array(63)))).toMatchObject({ code: 'ZK0810' });
    expect(await rejection(prover.prove(model, { image: input }))).toMatchObject({ code: 'ZK0812' });
    expect(await rejection(prover.prove(model, new Float32Array(64).fill(1e9)))).toMatchObject({ kind: 'usage', code: 'ZK0811' });
    expect(await rejection(prover.prove(model, input, { profile: 'quick' as 'fast' }))).toMatchObject({ code: 'ZK0121' });
  });

  test('of which rounding decides the label are told of, and refused if strict', async () => {
    // half of one digit and half of another, at the place where the label changes
    const [one, other] = [calibrationOf('digits_mlp')[0], calibrationOf('digits_mlp')[1]].map((sample) =>
      Float32Array.from(Object.values(sample as Record<string, unknown[]>).flat(9) as number[]),
    );
    const mixed = (share: number): Float32Array => one!.map((x, i) => x + share * (other![i]! - x));
    const labelOf = async (share: number) => (await run(model, mixed(share))).labels![0];
    let [low, high] = [0, 1];
    const before = await labelOf(low);
    expect(await labelOf(high)).not.toBe(before);
    for (let i = 0; i < 20; i++) {
      const middle = (low + high) / 2;
      if ((await labelOf(middle)) === before) low = middle;
      else high = middle;
    }
    expect((await run(model, mixed(low))).unsteady).toContainEqual(expect.objectContaining({ what: 'labels', change: 1 }));
    expect(await rejection(run(model, mixed(low), { strict: true }))).toMatchObject({ code: 'ZK0424' });
    expect(await rejection(prover.prove(model, mixed(low), { strict: true, profile: 'test' }))).toMatchObject({ code: 'ZK0424' });
    expect((await run(model, input, { strict: true })).unsteady).toEqual([]);
  });

  test('that leave the calibrated ranges are told of, and refused if strict', async () => {
    const most = model.inputs[0]!.range[1];
    const far = new Float32Array(64).fill(most);
    const ran = await run(model, far);
    expect(ran.saturated.length).toBeGreaterThan(0);
    expect(await rejection(run(model, far, { strict: true }))).toMatchObject({ code: 'ZK0423' });
    expect(await rejection(prover.prove(model, far, { strict: true, profile: 'test' }))).toMatchObject({ code: 'ZK0423' });
  });
});

describe('without a proof', () => {
  test('every constraint is checked, and a changed cell fails', async () => {
    expect(await check(model, input)).toMatchObject({ ok: true, failureCount: 0, sumIsZero: true });
    const trace = traceOf(model.bytes(), execute(model.program, callerInputs(model, input).integers));
    expect(checkTrace(encodeTrace(trace)).ok).toBe(true);
    trace.instances[0]!.columns[3]![0]! += 1;
    expect(checkTrace(encodeTrace(trace)).ok).toBe(false);
  });

  test('cells and bytes are estimated as they come', async () => {
    const { cells, proofBytes, devices, refused } = await estimate(model, { profile: 'fast' });
    expect(cells).toBe(proved.cells);
    expect(Math.abs(proofBytes / proved.proof.length - 1)).toBeLessThan(0.05);
    expect(devices.map(({ device }) => device)).toEqual(expect.arrayContaining(['webgpu', 'wasm', 'js']));
    expect(refused).toBeUndefined();
  });

  test('an estimate ends with its signal', async () => {
    const reason = new Error('enough');
    expect(await rejection(estimate(model, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 1);
    expect(await rejection(estimate(model, { signal: controller.signal }))).toBe(reason);
  });

  test('files are told apart, and other bytes are none', async () => {
    expect(inspect(model.bytes())).toMatchObject({ kind: 'model', name: 'digits_mlp' });
    expect(inspect((await model.record).encode())).toMatchObject({ kind: 'record', name: 'digits_mlp' });
    expect(inspect(proved.proof)).toMatchObject({ kind: 'proof', profile: 'fast', modelId: proved.modelId });
    expect(() => inspect(onnxOf('digits_mlp'))).toThrow(/no file of this project/);
    expect(() => inspect(proved.proof.subarray(0, 40))).toThrow(ZkvmError);
  });
});
