// Models for the view Model, and dropping one. Source: bench/networks-onnx.ts. Caveat: each is compiled once for all files of a process.
import type { Page } from 'playwright-core';
import { gpt2Block } from '../../bench/networks-onnx.ts';
import { compileOnnx } from '../../compiler/index.ts';
import { encodeReport } from '../../compiler/report/stored.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { asFile } from './kit.ts';

const made = new Map<number, Uint8Array>();

/** a GPT of small blocks */
export function transformerFile(blocks = 12): Uint8Array {
  const known = made.get(blocks);
  if (known) return known;
  const { model, calibration } = gpt2Block(16, 32, 4, blocks);
  const { program, report } = compileOnnx(model, { calibration, name: `gpt of ${blocks} blocks`, activationBits: 10, acceptError: 1 });
  const file = encodeProgram(program, encodeReport({ samples: 1, report }));
  made.set(blocks, file);
  return file;
}

/** Drops a compiled model and waits for its graph. */
export async function dropModel(page: Page, zkb: Uint8Array): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles(asFile('model.zkb', zkb));
  await page.locator('.model-box').first().waitFor();
}
