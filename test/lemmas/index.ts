// All lemmas, by chip, and how they are proved for a component that may have been changed. Source: docs/SOUNDNESS.md.
// Caveat: lemmas speak of one chip each; how they fit together is the page's last section, in words.

import { type Cases, TooManyCases } from '../../air/cases.ts';
import type { Component } from '../../air/recorded.ts';
import type { ChipName } from '../../vm/chips/table.ts';
import { MODES } from '../../vm/program/isa.ts';
import { cpuLemmas } from './cpu.ts';
import { ChipCases, Counterexample, type Lemma } from './engine.ts';
import { macLemmas } from './mac.ts';
import { lutLemmas, ramLemmas, romLemmas, wordsLemmas } from './memory.ts';
import { storeLemmas } from './store.ts';
import { lanes } from './tuples.ts';

/** lemmas of a chip, and the 0/1 columns that make no cases */
const CHIP_LEMMAS: Readonly<Record<ChipName, { lemmas: readonly Lemma[]; undecided: readonly string[] }>> = {
  cpu: { lemmas: cpuLemmas, undecided: MODES },
  mac: { lemmas: macLemmas, undecided: [] },
  store: { lemmas: storeLemmas, undecided: lanes('m') },
  ram: { lemmas: ramLemmas, undecided: [] },
  rom: { lemmas: romLemmas, undecided: [] },
  lut: { lemmas: lutLemmas, undecided: [] },
  words: { lemmas: wordsLemmas, undecided: [] },
};
export const LEMMAS: Readonly<Record<string, { lemmas: readonly Lemma[]; undecided: readonly string[] }>> = CHIP_LEMMAS;

export interface Verdict {
  lemma: Lemma;
  ms: number;
  /** what it ran into; undefined where it is proved */
  counterexample?: string;
}

/**
 * @param until stops at the first lemma that fails
 * @param cases of a component with the same stated constraints, if they are known
 */
export function proveChip(component: Component, until: 'all' | 'first failure' = 'all', cases?: Cases): Verdict[] {
  const { lemmas, undecided } = LEMMAS[component.name]!;
  let chip: ChipCases;
  try {
    chip = new ChipCases(component, undecided, cases);
  } catch (error) {
    // no lemma is proved for such a chip; the first one says what is missing
    if (!(error instanceof TooManyCases)) throw error;
    return [{ lemma: lemmas[0]!, ms: 0, counterexample: error.message }];
  }
  const verdicts: Verdict[] = [];
  for (const lemma of lemmas) {
    const started = performance.now();
    let counterexample: string | undefined;
    try {
      lemma.prove(chip);
    } catch (error) {
      if (!(error instanceof Counterexample)) throw error;
      counterexample = error.message;
    }
    verdicts.push({ lemma, ms: performance.now() - started, ...(counterexample !== undefined && { counterexample }) });
    if (counterexample !== undefined && until === 'first failure') break;
  }
  return verdicts;
}

/** the cases of a chip's stated constraints */
export const casesOfChip = (component: Component): Cases => new ChipCases(component, LEMMAS[component.name]!.undecided).cases;

/** whether a stated constraint of a chip still follows after it was changed: then the change made it stronger, or nothing else */
export function impliesOriginal(original: Component, label: string, changed: Component): boolean {
  const constraint = original.constraints.find((c) => c.label === label);
  if (!constraint) throw new Error(`${original.name} has no constraint "${label}"`);
  return new ChipCases(changed, LEMMAS[original.name]!.undecided).followsFrom(original.graph, constraint.node);
}
