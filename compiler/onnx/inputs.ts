// The inputs of a model that a caller gives, as the file declares them. Source: the graph inputs of ONNX's ModelProto.
// Caveat: an input that an initializer fills has a default and is not asked for.
import type { OnnxModel } from './model.ts';
import { BOOL } from './tensor-proto.ts';

/** One input; sizes that the model leaves open are names, or undefined. */
export interface DeclaredInput {
  name: string;
  shape: readonly (number | string | undefined)[];
  /** its elements may be written as true and false */
  boolean?: boolean;
}

/** Inputs that a caller gives: those that no initializer fills. */
export const inputSpecs = ({ inputs, initializers }: Pick<OnnxModel, 'inputs' | 'initializers'>): DeclaredInput[] =>
  inputs
    .filter(({ name }) => !initializers.has(name))
    .map(({ name, shape, elementType }) => ({ name, shape: shape ?? [], ...(elementType === BOOL && { boolean: true }) }));
