// Runs a command line inside the test process with captured streams, and makes artifacts to work on.
// Caveat: signals and the process's own streams need a real process; test/cli/spawn.test.ts has those.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main } from '../../cli/main.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import type { Program, Region } from '../../vm/program/types.ts';
import { mlp } from '../vm/programs.ts';

export interface Captured {
  code: number;
  out: string;
  bytes: Uint8Array;
  err: string;
  /** the JSON object on stdout; undefined if stdout is not exactly one */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at its fields
  json: any;
}

/** Runs `zkvm …args`. */
export async function zkvm(...args: string[]): Promise<Captured> {
  const chunks: Uint8Array[] = [];
  let err = '';
  const code = await main(args, {
    out: (chunk) => chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk),
    err: (text) => {
      err += text;
    },
    interactive: false,
    debug: false,
  });
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const out = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(out);
  } catch {
    json = undefined;
  }
  return { code, out, bytes, err, json };
}

/** A folder of its own. */
export function temporaryFolder(): {
  at: (name: string) => string;
  write: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
  list: () => string[];
} {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-cli-'));
  const at = (name: string): string => path.join(folder, name);
  return {
    at,
    write: (name, content) => {
      fs.writeFileSync(at(name), content);
      return at(name);
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
    list: () => fs.readdirSync(folder).sort(),
  };
}

/** A small hand-assembled model of two dense layers: its `.zkb` (with a scale and labels) and an input file. */
export function smallModel(labels: string[] = []): { program: Program; zkb: Uint8Array; input: string } {
  const { program, inputs } = mlp(1);
  const scaled = (region: Region): Region => ({ ...region, scale: 0.5 });
  const model = {
    ...program,
    metadata: { name: 'small', labels },
    inputs: program.inputs.map(scaled),
    outputs: program.outputs.map(scaled),
  };
  const tensors = model.inputs.map(({ name, shape }) => [name, { shape, data: Array.from(inputs[name]!, (value) => value * 0.5) }]);
  return { program: model, zkb: encodeProgram(model), input: JSON.stringify(Object.fromEntries(tensors)) };
}
