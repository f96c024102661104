// What a box is coloured by, and the figures of boxes of several nodes: cells add up, of errors and saturation the largest counts. Source: the picture's
// nodes. Caveat: a figure that was not measured is undefined, which is not zero.
import type { ModelPicture, PictureNode } from 'zkvm/compiler';
import type { Box } from './boxes.ts';

export const MODES = ['operator', 'cells', 'error', 'saturated'] as const;
export type Mode = (typeof MODES)[number];
export type Figure = Exclude<Mode, 'operator'>;

/** families of operators, each with a colour of its own */
export const FAMILIES = ['ends', 'products', 'activation', 'norm', 'pooling', 'arithmetic', 'movement'] as const;
export type Family = (typeof FAMILIES)[number];

/** the first that fits the operator's name */
const FAMILY: readonly (readonly [RegExp, Family])[] = [
  [/Conv|Gemm|MatMul|Einsum|LSTM|GRU|RNN|Attention|Linear|TreeEnsemble|SVM/, 'products'],
  [/Normalization|Softmax|LRN|Normalizer|Scaler/, 'norm'],
  [/Pool|^Reduce|^Arg|^TopK|^CumSum/, 'pooling'],
  [/Relu|Elu|Gelu|Sigmoid|^Tanh|Swish|Mish|Softplus|Softsign|Clip|Shrink|Erf|Hardmax|Celu|Selu|Threshold/, 'activation'],
  [
    /Reshape|Transpose|Concat|Slice|Split|Gather|Scatter|Squeeze|Flatten|Expand|Tile|Pad|Resize|Upsample|DepthToSpace|SpaceToDepth|Identity|Cast|Shape|Dropout/,
    'movement',
  ],
];

export function familyOf({ kind, parts }: PictureNode): Family {
  if (kind !== 'node') return 'ends';
  const operator = parts[0]?.operator ?? '';
  return FAMILY.find(([fits]) => fits.test(operator))?.[1] ?? 'arithmetic';
}

const largest = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce((most, value) => (value === undefined ? most : Math.max(most ?? 0, value)), undefined);

/** of all nodes of a box */
export function figureOf(figure: Figure, nodes: readonly PictureNode[], { nodes: own }: Pick<Box, 'nodes'>): number | undefined {
  if (figure === 'cells') return own.reduce((sum, i) => sum + nodes[i]!.cells, 0);
  return largest(own.map((i) => (nodes[i]!.kind === 'output' && figure === 'saturated' ? undefined : nodes[i]![figure])));
}

/** ONNX operators of a box, each once, in their order */
export const operatorsOf = (nodes: readonly PictureNode[], { nodes: own }: Pick<Box, 'nodes'>): string[] => [
  ...new Set(own.flatMap((i) => nodes[i]!.parts.map(({ operator, name }) => operator || name))),
];

/** cells of a node in each chip, and those of all owners that are no node, by name */
export function cellsByChip({ owned }: ModelPicture, own: ReadonlySet<number>): Map<string, number> {
  const chips = new Map<string, number>();
  for (const { chip, owner, cells } of owned)
    if (typeof owner === 'number' && own.has(owner)) chips.set(chip, (chips.get(chip) ?? 0) + cells);
  return chips;
}
