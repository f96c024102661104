// Tensors as parsed JSON spells them: {"name": nested array}, {"name": {"shape", "data"}}, EZKL's {"input_data": [[…]]}, what `run --json` prints, or a
// bare nested array. Source: the README's input forms. Caveat: names and shapes are not held against a model here; `bindTensors` does that.
import { usage } from '../../fri/core/errors.ts';
import { describe, flatten, type GivenTensor, MAX_RANK, type TensorFile } from './tensors.ts';

/** says that a file has another form */
export const wrongForm = (file: string, why: string): Error =>
  usage('ZK0807', {
    what: 'the file does not hold tensors',
    where: file,
    why,
    fix: 'write {"input name": nested array}, {"input_data": [[…]]} or a .npy file',
  });

/** an object that is no list */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** one tensor: a nested array, a number, or {"shape": […], "data": […]} as `run --json` prints it */
function givenTensor(value: unknown, name: string, file: string): GivenTensor {
  if (!isObject(value)) {
    if (!Array.isArray(value) && typeof value !== 'number')
      throw wrongForm(file, `"${name}" is ${describe(value)}, not an array of numbers`);
    return flatten(value, name);
  }
  const { shape, data } = value;
  if (!Array.isArray(shape) || !Array.isArray(data)) throw wrongForm(file, `"${name}" is an object without "shape" and "data"`);
  const flat = flatten(data, name);
  if (
    shape.length > MAX_RANK ||
    shape.some((size) => !Number.isSafeInteger(size) || size < 1) ||
    shape.reduce((a, b) => a * b, 1) !== flat.data.length
  )
    throw usage('ZK0810', {
      what: `tensor "${name}" has ${flat.data.length} elements, its shape is ${describe(JSON.stringify(shape))}`,
      where: file,
    });
  return { ...flat, shape: shape as number[] };
}

/** tensors of one parsed JSON value. @throws ZK0807 … ZK0810 */
export function tensorsOfJson(value: unknown, file: string): TensorFile {
  if (Array.isArray(value)) return { file, named: undefined, ordered: [flatten(value, 'input')] };
  if (!isObject(value)) throw wrongForm(file, `it holds ${describe(value)}`);
  if (Array.isArray(value.input_data))
    return {
      file,
      named: undefined,
      ordered: value.input_data.map((list, i) => {
        const flat = flatten(list, `input_data[${i}]`);
        return { ...flat, shape: flat.shape.length > 1 ? flat.shape : undefined };
      }),
    };
  const tensors = isObject(value.outputs) ? value.outputs : value; // the object that `run --json` prints
  return {
    file,
    named: new Map(Object.entries(tensors).map(([name, tensor]) => [name, givenTensor(tensor, name, file)])),
    ordered: undefined,
  };
}
