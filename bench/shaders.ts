// The WGSL that the WebGPU backend emits for one chip, as text for review: interaction columns (with the registers' maps) and constraints.
// Written by bench/gen.ts, held against the file by test/gpu/shaders.test.ts. Source: gpu/webgpu/interaction.ts, composition.ts.
// Caveat: every block stands in one buffer, as on a GPU with room; larger traces get more bindings and the same statements.
import { circuitOf } from '../air/machine.ts';
import type { Circuit } from '../fri/backend/seam.ts';
import { bug } from '../fri/core/errors.ts';
import type { GpuBlock } from '../gpu/webgpu/blocks.ts';
import type { CircuitColumns } from '../gpu/webgpu/circuit-kernel.ts';
import { constraintParts } from '../gpu/webgpu/composition.ts';
import { M31_WGSL, QM31_WGSL } from '../gpu/webgpu/field.ts';
import { interactionKernels } from '../gpu/webgpu/interaction.ts';
import { MACHINE } from '../vm/chips/machine.ts';

/** the chip whose kernels are kept, and where */
const GOLDEN_CHIP = 'store';
export const GOLDEN_SHADERS = `test/golden/webgpu-${GOLDEN_CHIP}.wgsl`;

/** nothing splits a kernel */
const WHOLE = Number.POSITIVE_INFINITY;
const NO_MEMORY = { buffer: undefined as unknown as GPUBuffer, bytes: 0 };

const block = (columns: number): GpuBlock => ({
  logSize: 0,
  columns,
  groups: [{ memory: NO_MEMORY, first: 0, columns }],
  doubled: undefined,
  freed: false,
});

/** texts of all kernels of a circuit; the field's functions, which all of them contain, are left out */
export function shadersOf(circuit: Circuit): string {
  const columns: CircuitColumns = {
    circuit,
    preprocessed: circuit.preprocessedColumns ? block(circuit.preprocessedColumns) : undefined,
    base: block(circuit.baseColumns),
    interaction: block(4 * (circuit.registers.length + circuit.sums.length)),
  };
  const { registers, sums } = interactionKernels(columns, WHOLE);
  const kernels = [...registers, ...sums, ...constraintParts(columns, WHOLE).map((part) => part.made)].map(({ kernel }) => kernel);
  return kernels
    .map(({ label, code }) => `// ${label}\n${code.replace(QM31_WGSL, '').replace(M31_WGSL, '').replace(/\n\n+/g, '\n')}`)
    .join('\n');
}

/** the golden file's text */
export function goldenShaders(): string {
  const chip = MACHINE.components.find(({ name }) => name === GOLDEN_CHIP);
  if (!chip) throw bug(`no chip ${GOLDEN_CHIP}`);
  return shadersOf(circuitOf(chip));
}
