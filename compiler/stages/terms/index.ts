// All kinds of terms: one line each. Source: DESIGN §4. Caveat: the types say that every kind answers every question, not that the answers
// agree with each other; test/compiler/stages/terms.test.ts does, with an example of each.
import type { View } from '../../layout/view.ts';
import { average } from './average.ts';
import { contract } from './contract.ts';
import { convolution } from './convolution.ts';
import { dense } from './dense.ts';
import { fold } from './fold.ts';
import { product } from './product.ts';
import { scale } from './scale.ts';
import { select } from './select.ts';
import type { AnyTerm, TermKind } from './term.ts';
import { total } from './total.ts';

const ALL = {
  average,
  contract,
  convolution,
  dense,
  fold,
  product,
  scale,
  select,
  total,
};

type TermOf<Kind> = Kind extends TermKind<infer T extends AnyTerm> ? T : never;

export type Term = TermOf<(typeof ALL)[keyof typeof ALL]>;

/** under the name that its terms bear */
export const KINDS: { readonly [K in Term['kind']]: TermKind<Extract<Term, { kind: K }>> } = ALL;

/** What the compiler asks of a term. */
export const kindOf = <T extends Term>({ kind }: T): TermKind<T> => KINDS[kind] as unknown as TermKind<T>;

/** A term that multiplies computed tensors. */
export const isProduct = <T extends Term>(term: T): term is Extract<T, { other: View }> => 'other' in term;
