// The trained models, compiled and executed: outputs and labels are those of the float model. Source: ../models, recorded with onnxruntime.
// Caveat: nothing is proved here; test/compiler/guarantee.test.ts does that at the corners of the declared ranges.
// Slow: four models are compiled, and run on all their images.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../compiler/graph/build.ts';
import { evaluateGraph } from '../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../compiler/index.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { toIntegers } from '../../compiler/quantise/simulate.ts';
import { execute } from '../../vm/executor/run.ts';
import { audit } from '../../vm/program/audit.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { argmax, digits300, modelBytes, modelCalibration, modelExpected, modelInput, modelLabels, trainedModel } from './models.ts';

const integersOf = (program: Program, inputs: RealTensors): IntegerTensors =>
  Object.fromEntries(
    program.inputs.map((region) => [
      region.name,
      Int32Array.from(toIntegers({ data: Float64Array.from(inputs[region.name]!.data) }, region)),
    ]),
  );

describe('trained models, compiled and executed', () => {
  for (const name of ['digits_mlp', 'mlp784', 'lenet', 'lenet_max']) {
    test(`${name} is within 0.4 % of onnxruntime's largest output, and no copy is needed`, () => {
      const { program, report } = trainedModel(name);
      expect(audit(program)).toEqual({ determined: true });
      const { outputs } = execute(program, integersOf(program, modelInput(name)));
      const { shape, data } = modelExpected(name).output!;
      const { scale, shape: got } = program.outputs[0]!;
      expect(got).toEqual(shape);
      const largest = Math.max(...data.map(Math.abs));
      const error = Math.max(...data.map((value, i) => Math.abs(outputs.output![i]! * scale - value))) / largest;
      expect(error).toBeLessThan(0.004);
      expect(report.outputs[0]!.relativeError).toBeLessThan(0.005);
      expect(report.outputs[0]!.sameArgmax).toBe(1);
      expect(argmax(outputs.output!)).toBe(modelLabels(name)[0]);
      expect(report.copies).toEqual([]);
      expect(report.rows.lut).toBeLessThanOrEqual(2 ** 15);
    });
  }

  test.each(['lenet', 'lenet_max', 'mlp784', 'digits_mlp'])('%s labels its calibration images as well as the float model does', (name) => {
    const [bytes, calibration, labels] = [modelBytes(name), modelCalibration(name), modelLabels(name)];
    const { program } = trainedModel(name);
    const graph = buildGraph(readOnnx(bytes));
    const integer = calibration.map((sample) => argmax(execute(program, integersOf(program, sample)).outputs.output!));
    const float = calibration.map((sample) => argmax(evaluateGraph(graph, sample).get('output')!.data));
    const right = (found: number[], shift = 0): number => found.filter((label, i) => label === labels.at(i - shift)).length;
    expect(labels.length).toBe(calibration.length);
    expect(right(integer)).toBeGreaterThanOrEqual(right(float));
    // the labels of other images do not fit
    expect(right(integer, 1)).toBeLessThan(right(float) / 2);
  });

  test('a changed weight changes the executed output', () => {
    const bytes = modelBytes('digits_mlp');
    const options = { calibration: modelCalibration('digits_mlp') };
    const changed = bytes.slice();
    const last = changed.lastIndexOf(0x3f); // high byte of some float32 near 1
    changed[last] = 0xbf;
    const run = (model: Uint8Array) => {
      const { program } = compileModel(model, options);
      return [...execute(program, integersOf(program, modelInput('digits_mlp'))).outputs.output!].map((y) => y * program.outputs[0]!.scale);
    };
    expect(run(changed)).not.toEqual(run(bytes));
  });

  test('the integer digits classifier agrees with the float one on 298 of 300 images, sixteen in the lanes of a run', () => {
    const {
      pixels_0_16: images,
      divide_by: divisor,
      float_argmax: labels,
    } = digits300() as unknown as {
      pixels_0_16: number[][];
      divide_by: number;
      float_argmax: number[];
    };
    const { program, report } = compileModel(modelBytes('digits_mlp'), { calibration: modelCalibration('digits_mlp'), batch: 16 });
    expect(program.inputs[0]!.shape).toEqual([16, 64]);
    expect(program.outputs[0]!.shape).toEqual([16, 10]);
    const one = trainedModel('digits_mlp').report;
    expect(report.rows.store).toBeLessThanOrEqual(one.rows.store);
    let same = 0;
    for (let from = 0; from < images.length; from += 16) {
      // the last batch is filled up with its first image
      const data = Float64Array.from(
        { length: 16 * 64 },
        (_, i) => (images[from + Math.floor(i / 64)] ?? images[from]!)[i % 64]! / divisor,
      );
      const { outputs } = execute(program, integersOf(program, { input: { shape: [16, 64], data } }));
      for (let i = 0; i < 16 && from + i < images.length; i++)
        if (argmax(outputs.output!.subarray(10 * i, 10 * i + 10)) === labels[from + i]) same++;
    }
    expect(same).toBeGreaterThanOrEqual(298);
  });
});
