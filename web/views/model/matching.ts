// Which node of one compile is which of another: by the ONNX nodes that both name, in their order. Source: places of the compile report. Caveat: what two
// compiles cut differently stands in both alone.
import type { ModelPicture, PictureNode } from 'zkvm/compiler';

export interface Pair {
  left: PictureNode | undefined;
  right: PictureNode | undefined;
}

const keyOf = ({ kind, name, parts }: PictureNode): string =>
  `${kind} ${parts.length > 0 ? parts.map(({ operator, name: own, index }) => `${operator} ${own || index}`).join() : name}`;

/** Pairs in the order of the left one; what only the right one has stands where it comes there. */
export function pairsOf(left: ModelPicture, right: ModelPicture): Pair[] {
  const waiting = new Map<string, PictureNode[]>();
  for (const node of left.nodes) waiting.set(keyOf(node), [...(waiting.get(keyOf(node)) ?? []), node]);
  const partner = new Map<PictureNode, PictureNode>();
  const alone = new Map<PictureNode | undefined, PictureNode[]>();
  let last: PictureNode | undefined;
  for (const node of right.nodes) {
    const found = waiting.get(keyOf(node))?.shift();
    if (found) {
      partner.set(found, node);
      last = found;
    } else alone.set(last, [...(alone.get(last) ?? []), node]);
  }
  const only = (after: PictureNode | undefined): Pair[] => (alone.get(after) ?? []).map((node) => ({ left: undefined, right: node }));
  return [...only(undefined), ...left.nodes.flatMap((node) => [{ left: node, right: partner.get(node) }, ...only(node)])];
}

/** Cells of both by chip, and by what is no node's. */
export function chipPairs(left: ModelPicture, right: ModelPicture): { chip: string; left: number; right: number }[] {
  const cells = ({ chips }: ModelPicture, chip: string): number => chips.find((one) => one.chip === chip)?.cells ?? 0;
  const names = [...new Set([...left.chips, ...right.chips].map(({ chip }) => chip))];
  return names.map((chip) => ({ chip, left: cells(left, chip), right: cells(right, chip) }));
}
