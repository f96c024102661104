// Which operators take texts, which are places in a list (onnx/texts.ts): those that move, choose or compare them. Any other would compute with
// the places. Source: onnx.ai/onnx/operators. Caveat: no operator that looks into a text is here, and no graph input is a text.

/** their results are texts if an input is one */
export const KEEPS_TEXTS: ReadonlySet<string> = new Set([
  'Concat',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Where',
  'ai.onnx.ml.ArrayFeatureExtractor',
]);

/** their results are numbers, or they say themselves what is a text */
export const READS_TEXTS: ReadonlySet<string> = new Set(['Equal', 'Shape', 'Size', 'ai.onnx.ml.LabelEncoder']);
