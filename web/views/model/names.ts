// What boxes are called, in a line each. Source: operators and names of the ONNX file. Caveat: names are whatever the file says; they are shown as text and
// cut where they do not fit.
import type { PictureNode } from 'zkvm/compiler';
import { TEXT } from '../../text.ts';
import { percent } from '../../units.ts';
import type { Box } from './boxes.ts';
import { type Figure, figureOf, type Mode, operatorsOf } from './figures.ts';

export const cut = (text: string, letters: number): string => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);

export interface BoxName {
  title: string;
  /** what tells it from others with this title */
  detail: string;
}

/** operators of one node */
export function nodeTitle({ kind, parts, name }: PictureNode): string {
  if (kind !== 'node') return TEXT.picture.kinds[kind];
  return parts.map(({ operator }) => operator || TEXT.picture.node.made).join(' + ') || name;
}

export function boxName(nodes: readonly PictureNode[], box: Box, within: readonly Box[] = []): BoxName {
  const first = nodes[box.nodes[0]!]!;
  const words = TEXT.picture.graph;
  switch (box.kind) {
    case 'repeat': {
      const [block] = box.children;
      return {
        title: words.repeat(Math.max(1, block!.children.length), box.children.length),
        detail: operatorsOf(nodes, block!).join(', '),
      };
    }
    case 'block': {
      const siblings = within.at(-1)?.children ?? [];
      return { title: words.block(siblings.indexOf(box) + 1, siblings.length), detail: operatorsOf(nodes, box).join(', ') };
    }
    case 'onnx':
      return { title: nodeTitle(first), detail: first.name };
    default:
      return { title: nodeTitle(first), detail: first.name };
  }
}

/** A figure in the words of its mode; cells as their share of all. */
export function figureText(mode: Mode, value: number | undefined, all: number): string {
  const words = TEXT.picture.graph;
  if (value === undefined) return words.unmeasured;
  if (mode === 'error') return words.error(value);
  if (mode === 'saturated') return words.saturated(value);
  return percent(value / (all || 1));
}

export const shownFigure = (mode: Mode): Figure => (mode === 'operator' ? 'cells' : mode);

export const figureOfBox = (mode: Mode, nodes: readonly PictureNode[], box: Box, all: number): string =>
  figureText(mode, figureOf(shownFigure(mode), nodes, box), all);

/** Whether a node is what somebody looks for: a part of its operators or names, or #12. */
export function isLike({ parts, name, kind }: PictureNode, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  if (text === '') return false;
  const [, index] = /^#(\d+)$/.exec(text) ?? [];
  if (index !== undefined) return parts.some((part) => part.index === Number(index));
  return [kind === 'node' ? '' : kind, name, ...parts.flatMap((part) => [part.operator, part.name])].some((one) =>
    one.toLowerCase().includes(text),
  );
}
