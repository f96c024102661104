// Outputs whose integers do not compare, told beside the id that a contract is given. Caveat: `register` says the same from the same lines, and needs a
// node for it.
import { afterAll, expect, test } from 'vitest';
import { unevenLines, unevenOutputs } from '../../../cli/report/uneven.ts';
import { encodeProgram } from '../../../vm/files/zkb.ts';
import type { Encoding } from '../../../vm/program/types.ts';
import { smallModel, temporaryFolder, zkvm } from '../capture.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const rule = (of: Encoding['of'], name: string, ...scales: number[]): Encoding => ({ of, name, axis: 0, scales });

test('an output with several steps is named; inputs, equal steps and outputs without a rule are not', () => {
  const encodings = [rule('output', 'boxes', 1, 2), rule('output', 'even', 3, 3), rule('input', 'x', 1, 2)];
  expect(unevenOutputs({ encodings })).toEqual(['boxes']);
  expect(unevenLines({ encodings })).toEqual([expect.stringMatching(/^warning: integers of output "boxes" do not compare/)]);
  expect(unevenLines({})).toEqual([]);
});

test('audit warns of it', async () => {
  const { program, zkb } = smallModel();
  const [{ name, shape }] = program.outputs as [(typeof program.outputs)[0]];
  const scales = Array.from({ length: shape.at(-1)! }, (_, i) => 2 ** i);
  const encodings: Encoding[] = [{ of: 'output', name, axis: shape.length - 1, scales }];
  folder.write('uneven.zkb', encodeProgram({ ...program, metadata: { ...program.metadata, encodings } }));
  folder.write('even.zkb', zkb);
  const audited = (file: string, ...more: string[]) => zkvm('audit', folder.at(file), ...more);
  expect((await audited('uneven.zkb', '--json')).json.unevenOutputs).toEqual([name]);
  expect((await audited('uneven.zkb')).out).toContain(`warning: integers of output "${name}" do not compare`);
  expect((await audited('even.zkb', '--json')).json.unevenOutputs).toEqual([]);
  expect((await audited('even.zkb')).out).not.toContain('warning');
});
