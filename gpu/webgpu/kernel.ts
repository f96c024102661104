// A kernel is WGSL text with a fixed way of passing things in: binding 0 is a uniform struct of u32 parameters, the others are
// storage buffers. This file builds the text around a body, and the grid of workgroups. Source: WGSL specification.
// Caveat: texts are the keys of the pipeline cache, so whatever varies often belongs into parameters, not into the text.
import { bug } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';

/** one storage buffer of a kernel: its name in the text, `write` for read and write, and the element type */
export interface BufferBinding {
  name: string;
  access: 'read' | 'write';
  type?: string;
}

export interface Kernel {
  /** groups of the profile and error messages */
  label: string;
  code: string;
  params: readonly string[];
  buffers: readonly BufferBinding[];
  /** QM31 values `U.K[i]` beside the parameters */
  constants: number;
}

/** threads of a workgroup of every kernel that gives one thread one row */
export const THREADS = 256;

/** workgroups along x before y grows; below every device's limit of 65535 */
const GRID_WIDTH = 32768;

/** the words of a kernel's uniform struct; constants start on the next 16 bytes */
export function uniformWords(
  { label, params, constants }: Kernel,
  values: Readonly<Record<string, number>>,
  felts: readonly QM31[],
): number[] {
  if (felts.length !== constants) throw bug(`${label}: ${felts.length} constants, not ${constants}`);
  const words = params.map((name) => {
    const value = values[name];
    if (value === undefined) throw bug(`${label}: no parameter ${name}`);
    return value;
  });
  if (constants) while (words.length % 4) words.push(0);
  for (const felt of felts) words.push(...felt);
  return words;
}

/** workgroup counts for `total` workgroups; the text's `group` is their number in order, possibly ≥ total in the last line */
export const grid = (total: number): [number, number] => [Math.min(total, GRID_WIDTH), Math.ceil(total / GRID_WIDTH)];

export interface KernelText {
  label: string;
  params: readonly string[];
  buffers: readonly BufferBinding[];
  /** number of QM31 values `U.K[i]` beside the parameters; they must fit a uniform buffer of 64 KiB */
  constants?: number;
  /** functions and constants before the entry point */
  library?: string;
  /** workgroup variables */
  shared?: string;
  threads?: number;
  /** the entry point's statements; they see `group` (workgroup number) and `local` (thread in the workgroup) */
  body: string;
}

export function kernel({ label, params, buffers, constants = 0, library = '', shared = '', threads = THREADS, body }: KernelText): Kernel {
  const fields = [...params.map((name) => `${name}: u32`), ...(constants ? [`K: array<vec4u, ${constants}>`] : [])].join(', ');
  const storage = buffers.map(
    ({ name, access, type = 'u32' }, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<${type}>;`,
  );
  const code = `struct Params { ${fields} }
@group(0) @binding(0) var<uniform> U: Params;
${storage.join('\n')}
${library}
${shared}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroupId: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) local: u32) {
  let group = workgroupId.x + workgroupId.y * workgroups.x;
${body}
}
`;
  return { label, code, params, buffers, constants };
}

/** the index rule of fri/core/circle.ts `lift`, in WGSL */
export const LIFT_WGSL = /* wgsl */ `
fn lift(position: u32, fromLog: u32, toLog: u32) -> u32 {
  if (fromLog == toLog) { return position; }
  return ((position >> (fromLog - toLog + 1u)) << 1u) | (position & 1u);
}
`;
