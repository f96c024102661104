// Operators that no program of a fixed shape can have, and why. Source: onnx.ai/onnx/operators.
// Caveat: an operator that is neither here nor in index.ts is simply not known.

export const REFUSED: Readonly<Record<string, string>> = {
  NonMaxSuppression: 'the shape of its result depends on computed values',
  Unique: 'the shape of its result depends on computed values',
  SequenceAt: 'lists of tensors are not supported',
  SequenceConstruct: 'lists of tensors are not supported',
  SequenceEmpty: 'lists of tensors are not supported',
  SequenceInsert: 'lists of tensors are not supported',
  SplitToSequence: 'lists of tensors are not supported',
};
