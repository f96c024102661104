// Compiling a model: codes ZK05. Caveat: codes are stable and never used again for something else; titles and texts may be improved.
import type { CodeTable } from './entry.ts';

export const COMPILER_CODES = {
  ZK0501: {
    kinds: ['usage'],
    title: 'The ONNX file is damaged',
    help: 'It does not parse as protocol buffers at the byte that is named. Export the model again, or check it with `onnx.checker`.',
  },
  ZK0502: {
    kinds: ['usage', 'unsupported'],
    title: 'The operator set is missing or not supported',
    help: 'The message lists the versions that are. Convert the model with `onnx.version_converter`.',
  },
  ZK0503: {
    kinds: ['unsupported'],
    title: 'A tensor is stored in a form that is not supported',
    help: 'Sparse, segmented, or of an element type that is not numbers; or its data file is not at hand.',
  },
  ZK0504: { kinds: ['usage'], title: 'A weight is not finite', help: 'Weights and constants must be numbers.' },
  ZK0505: {
    kinds: ['usage'],
    title: 'A tensor is defined twice, or its data does not fit it',
    help: 'Every name has one definition, and as many elements as its shape says.',
  },
  ZK0506: {
    kinds: ['usage'],
    title: 'A value is read before it is computed',
    help: 'Nodes stand in topological order, and every output is computed. Check the model with `onnx.checker`.',
  },
  ZK0507: {
    kinds: ['usage'],
    title: 'A name has control characters',
    help: 'Names of the model, its inputs and its outputs are shown wherever the model is used, so they are plain text: no escape sequences, line breaks, or marks that hide or reorder text. Rename it: `model.graph.name`, or the input or output and every node that reads or computes it.',
  },
  ZK0510: {
    kinds: ['usage'],
    title: 'A node is not valid ONNX',
    help: "Its attributes, inputs or shapes break the operator's own definition. Check the model with `onnx.checker`.",
  },
  ZK0511: {
    kinds: ['usage'],
    title: 'Shapes cannot be broadcast',
    help: 'Two inputs of a node do not fit together. Check the model with `onnx.checker`.',
  },
  ZK0512: {
    kinds: ['unsupported'],
    title: 'An operator, or a case of it, is not supported',
    help: 'The message names the node and what is. [compiler/README.md](../compiler/README.md) has the whole list. Rewrite the model with supported operators.',
  },
  ZK0513: {
    kinds: ['unsupported'],
    title: 'A tensor has no fixed shape or a type that is not supported',
    help: 'Every shape must be known when compiling. Export the model with fixed shapes.',
  },
  ZK0514: {
    kinds: ['usage'],
    title: 'The model has a batch of its own',
    help: 'Its exported batch size cannot be replaced. Compile it without --batch.',
  },
  ZK0517: {
    kinds: ['unsupported'],
    title: 'The model cannot be compiled for several samples at once',
    help: 'For several samples its nodes become other steps than for one. Compile it without --batch, one proof a sample.',
  },
  ZK0515: {
    kinds: ['unsupported'],
    title: 'The model is too large',
    help: "A small file can ask for very large tensors; the compiler's budget says no before memory is spent. Make the model smaller, or cut it into several.",
  },
  ZK0516: {
    kinds: ['usage'],
    title: 'A size that the model leaves open is not clear',
    help: 'Open sizes ("batch", "seq", ?) are those of the calibration samples, which must agree, or are given with `--dim seq=128`. An unnamed one is called by its input and axis, `--dim x:1=128`.',
  },
  ZK0520: {
    kinds: ['usage'],
    title: 'A sample does not fit the model',
    help: 'An input is missing, unknown, of another size or not finite.',
  },
  ZK0521: {
    kinds: ['usage'],
    title: 'There are no calibration samples',
    help: 'Ranges come from samples: give one typical input at least, better ten or more.',
  },
  ZK0522: {
    kinds: ['usage'],
    title: 'A value is not finite on a sample',
    help: 'The float model itself gives infinity or NaN there. Calibrate on inputs for which it is finite.',
  },
  ZK0530: {
    kinds: ['unsupported'],
    title: 'The integers of a layer do not fit into an accumulator',
    help: 'Σ|weight|·max|input| must stay below 2^30 for every input. Use fewer bits, or smaller weights.',
  },
  ZK0531: { kinds: ['usage'], title: 'A compile option is outside its range', help: 'The message says what is allowed.' },
  ZK0532: {
    kinds: ['unsupported'],
    title: 'A tensor of integers cannot be kept exactly',
    help: 'ONNX integers are exact or refused, for every input inside the declared range. Cast it to floating point where approximate values will do, limit it in the model (Clip), or calibrate on smaller numbers.',
  },
  ZK0533: {
    kinds: ['unsupported'],
    title: 'The integers are too far from the float model',
    help: 'On the calibration inputs an output misses the target: 1 % of its largest value unless --accuracy says otherwise, exact for integers, a twentieth of the labels. The message names the rounding that makes the error: an input whose one step serves values of different sizes, a node that stores few large values beside many small ones (a mask), values beyond a table. Change that, or take the error knowingly with --accept-error; then the file says so, and run and verify repeat it.',
  },
  ZK0534: {
    kinds: ['unsupported'],
    title: 'A node does not fit into the machine',
    help: 'Its table, its window or its tensors are beyond what the machine takes: values within (-2^30, 2^30), 2^24 rows of tables and weights. The message names the node.',
  },
  ZK0540: {
    kinds: ['usage'],
    title: 'The compile report in the file cannot be read',
    help: 'The section was changed. The model may still be sound; compile it again.',
  },
  ZK0541: {
    kinds: ['usage'],
    title: 'The compile report in the file has another form',
    help: 'A field is missing or of another type. The file was changed or is of another release.',
  },
  ZK0542: {
    kinds: ['usage'],
    title: 'The compile report in the file is not canonical',
    help: 'Written again it gives other bytes. The file was changed.',
  },
} as const satisfies CodeTable;
