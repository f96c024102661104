// Models whose tensors lie in a file beside them: read, missing, too short, and names that lead out of the folder.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { onnxModel } from '../../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from '../capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
afterAll(folder.remove);

const weights = Float32Array.of(9, 9, 1, 2, 3, 4, 5, 6);
const model = (external: Record<string, string>): Uint8Array =>
  onnxModel({
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], name: '/fc' }],
    inputs: { x: [1, 2] },
    outputs: ['y'],
    initializers: { w: { shape: [2, 3], data: [], external } },
  });
const outside = { offset: '8', length: '24' };
write('weights.bin', new Uint8Array(weights.buffer));
write('x.json', '{"x": [[1, -1]]}');

const compile = async (external: Record<string, string>) => {
  write('m.onnx', model(external));
  return zkvm('compile', at('m.onnx'), '-o', at('m.zkb'), '--calibrate', at('x.json'), '--json');
};

describe('external tensor data', () => {
  test('is read from the file beside the model, from its offset on', async () => {
    expect((await compile({ location: 'weights.bin', ...outside })).code).toBe(0);
    const { json } = await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--json');
    for (const [i, y] of [-3, -3, -3].entries()) expect(json.outputs.y.data[i]).toBeCloseTo(y, 1);
    expect((await zkvm('inspect', at('m.onnx'))).out).toMatch(/6 parameters/);
  });

  test.each([
    ['a file that is not there', { location: 'other.bin', ...outside }, 'ZK0801', /other\.bin/],
    ['a file that is too short', { location: 'weights.bin', offset: '16', length: '24' }, 'ZK0505', /"w" needs 24 bytes of "weights\.bin"/],
    ['a length that does not fit the shape', { location: 'weights.bin', offset: '8', length: '20' }, 'ZK0505', /asks for 20 bytes/],
    ['a negative offset', { location: 'weights.bin', offset: '-8', length: '24' }, 'ZK0505', /at -8/],
    ['a path out of the folder', { location: '../weights.bin', ...outside }, 'ZK0825', /outside its own folder/],
    ['an absolute path', { location: '/etc/hostname', ...outside }, 'ZK0825', /outside its own folder/],
    ['the folder itself', { location: '.', ...outside }, 'ZK0825', /outside its own folder/],
    ['no path', { ...outside }, 'ZK0825', /outside its own folder/],
  ])('%s is refused', async (_name, external, code, text) => {
    const { code: exit, json } = await compile(external as Record<string, string>);
    expect([exit, json.error.code]).toEqual([2, code]);
    expect(JSON.stringify(json.error).replaceAll('\\"', '"')).toMatch(text);
  });

  test('a symbolic link out of the folder is refused', async () => {
    const inner = path.join(path.dirname(at('m.onnx')), 'inner');
    fs.mkdirSync(inner);
    fs.symlinkSync(at('weights.bin'), path.join(inner, 'link.bin'));
    fs.writeFileSync(path.join(inner, 'm.onnx'), model({ location: 'link.bin', ...outside }));
    const { code, json } = await zkvm('compile', path.join(inner, 'm.onnx'), '-o', at('m.zkb'), '--calibrate', at('x.json'), '--json');
    expect([code, json.error.code]).toEqual([2, 'ZK0825']);
  });
});
