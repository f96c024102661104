// The WGSL of one chip reads as the file that was reviewed; `npm run gen` writes it again.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { circuitOf } from '../../air/machine.ts';
import { GOLDEN_SHADERS, goldenShaders, shadersOf } from '../../bench/shaders.ts';
import { MACHINE } from '../../vm/chips/machine.ts';

const golden = (): string => fs.readFileSync(path.join(import.meta.dirname, '../..', GOLDEN_SHADERS), 'utf8');

test('the emitted shaders are the golden ones; if the change is meant: npm run gen', () => {
  expect(goldenShaders()).toBe(golden());
});

test('a constraint less, and the text is another one', () => {
  const circuit = circuitOf(MACHINE.components.find(({ name }) => name === 'store')!);
  expect(shadersOf({ ...circuit, graph: { ...circuit.graph } })).toBe(golden());
  expect(shadersOf({ ...circuit, graph: { ...circuit.graph }, constraints: circuit.constraints.slice(1) })).not.toBe(golden());
});
