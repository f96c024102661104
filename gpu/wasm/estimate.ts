// How much memory a proof will take, from the shapes of its columns: computed before the first column arrives, so that a proof that
// cannot fit is refused before work starts. Source: the order of allocation in air/prove.ts.
// Caveat: an estimate, within a few percent of the peak; fragmentation and tables of a few kilobytes are left out.
import type { Layout, LayoutBlock } from '../../fri/pcs/layout.ts';
import { blockBytes, DROPPED_LAYERS } from './sizes.ts';

/** bytes a leaf of all layers of a tree: 32·(1 + 1/2 + …) */
const WHOLE_TREE_BYTES_PER_LEAF = 64;
/** the same without the layers that are not kept */
const TREE_BYTES_PER_LEAF = WHOLE_TREE_BYTES_PER_LEAF / 2 ** DROPPED_LAYERS;
/** carry and add of a register, for a row */
const TERM_BYTES_PER_ROW = 32;
/** deepest phase of the DEEP quotient: result, numerator, numerator of the height below (at most half) */
const DEEP_LAYERS = 2.5;

const sum = <T>(list: readonly T[], value: (item: T) => number): number => list.reduce((total, item) => total + value(item), 0);
const largest = (blocks: readonly LayoutBlock[]): number => Math.max(0, ...blocks.map((b) => b.logSize));

const tree = (list: readonly LayoutBlock[], logBlowup: number): number =>
  list.length ? TREE_BYTES_PER_LEAF * 2 ** (largest(list) + logBlowup) : 0;

/** Bytes of a model's own columns for as long as it is prepared: rows, coefficients, values and their tree. */
function setupBytes(blocks: readonly LayoutBlock[], logBlowup: number): number {
  const columns = sum(blocks, ({ columns: c, logSize }) => 2 * blockBytes(c, logSize) + blockBytes(c, logSize + logBlowup));
  return columns + tree(blocks, logBlowup);
}

/**
 * Most bytes in use at one time during a proof of these columns.
 * @param blocks all blocks that the proof uploads or computes; those of a setup that is in memory already are left out
 */
export function proofBytes(blocks: readonly LayoutBlock[], logBlowup: number): number {
  const rows = ({ columns, logSize }: LayoutBlock): number => blockBytes(columns, logSize);
  const kept = ({ columns, logSize }: LayoutBlock): number => blockBytes(columns, logSize) + blockBytes(columns, logSize + logBlowup);
  const of = (name: LayoutBlock['tree']): LayoutBlock[] => blocks.filter((b) => b.tree === name);
  const [base, interaction, composition] = [of('base'), of('interaction'), of('composition')];
  const fixed = [...of('preprocessed'), ...of('data')];
  const L = largest(blocks);

  // step 4: rows of the base are given back instance by instance while interaction columns arrive
  const committed = sum([...fixed, ...base], kept) + tree(fixed, logBlowup) + tree(base, logBlowup);
  let interactionPeak = 0;
  let done = 0;
  const inOrder = [...interaction].sort((a, b) => a.instance - b.instance);
  for (const block of inOrder) {
    const waiting = sum(
      [...fixed, ...base].filter((b) => b.instance >= block.instance),
      rows,
    );
    interactionPeak = Math.max(
      interactionPeak,
      done + waiting + rows(block) + Math.max(kept(block) - rows(block), TERM_BYTES_PER_ROW * 2 ** block.logSize),
    );
    done += kept(block);
  }

  // step 5: everything committed, the quotients, and with another blowup than 2 one instance's columns on twice its rows
  const all = committed + done + tree(interaction, logBlowup);
  const again =
    logBlowup === 1
      ? 0
      : Math.max(
          ...inOrder.map((i) =>
            sum(
              blocks.filter((b) => b.instance === i.instance),
              (b) => blockBytes(b.columns, b.logSize + 1),
            ),
          ),
        );
  const quotients = blockBytes(4, L + 1);
  const extended = sum(composition, kept) + tree(composition, logBlowup);
  const compositionPeak = Math.max(quotients + Math.max(again, blockBytes(8, L)), extended);

  // step 8: the DEEP quotient on the largest domain; the coefficients are gone by then
  const coefficients = sum(blocks, rows);
  const deepPeak = extended - coefficients + DEEP_LAYERS * blockBytes(4, L + logBlowup);
  return Math.max(committed + interactionPeak, all + compositionPeak, all + deepPeak);
}

/** Bytes of columns, trees and layers at their most, the model's own included. */
export function columnBytes({ blocks }: Layout, logBlowup: number): number {
  const fixed = blocks.filter(({ tree: name }) => name === 'preprocessed');
  const proved = blocks.filter((b) => !fixed.includes(b));
  return setupBytes(fixed, logBlowup) + proofBytes(proved, logBlowup);
}

/** What a backend that keeps whole trees takes more. */
export const droppedBytes = ({ trees }: Layout, logBlowup: number): number =>
  sum(trees, ({ logSize }) => (WHOLE_TREE_BYTES_PER_LEAF - TREE_BYTES_PER_LEAF) * 2 ** (logSize + logBlowup));
