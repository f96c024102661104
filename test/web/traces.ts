// Traces for the page to walk through, and dropping one. Source: test/models, bench/networks-onnx.ts. Caveat: models are compiled once for all files of a process.
import type { Page } from 'playwright-core';
import { gpt2Block } from '../../bench/networks-onnx.ts';
import { compileOnnx } from '../../compiler/index.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeTrace, encodeTrace, traceOf } from '../../vm/files/trace.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { integersOf } from '../../vm/library/integers.ts';
import { callerInputs } from '../../vm/library/proving.ts';
import { inputOf, modelOf } from '../library/kit.ts';
import { asFile } from './kit.ts';

export async function traceFile(name: 'lenet' | 'digits_mlp'): Promise<Uint8Array> {
  const model = await modelOf(name);
  const inputs = callerInputs(model, { [model.inputs[0]!.name]: inputOf(name) });
  return encodeTrace(traceOf(model.bytes(), execute(model.program, inputs.integers)));
}

/** a small block of a transformer */
export function blockFile(): Uint8Array {
  const { model, calibration } = gpt2Block(32, 64, 4);
  const { program } = compileOnnx(model, { calibration, name: 'block', activationBits: 10, acceptError: 1 });
  const named = new Map(Object.entries(calibration[0]!));
  const inputs = integersOf({ file: 'x', named } as never, program.inputs, 'input', program.metadata);
  return encodeTrace(traceOf(encodeProgram(program), execute(program, inputs)));
}

/** LeNet's run with one write address that is another */
export async function changedLenet(): Promise<Uint8Array> {
  const trace = decodeTrace(await traceFile('lenet'));
  trace.instances[TYPE.store]!.columns[MACHINE.components[TYPE.store]!.base.indexOf('wa')]![40]! += 1;
  return encodeTrace(trace);
}

/** Drops a trace and waits for its first step. */
export async function dropTrace(page: Page, bytes: Uint8Array): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(asFile('trace.bin', bytes));
  await page.locator('.trace-step').waitFor();
}
