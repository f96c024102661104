// mac: products of polynomials. A run is the rows of one MAC (A words, then S rows that shift by 1/α, then B words) or of one MUL
// (H rows, a word pair each). `hold` is A(α) so far, `acc` the value of the current tap or product; the fraction adds hold·acc
// to accumulator k. Source: AIR.md §5.2. Caveat: no range checks; the integers behind the field are the compiler's bound.
import { component } from '../../air/component.ts';
import { before, type Expression, sum } from '../../air/expression.ts';
import { ISA, LANES, SECOND_VARIANT } from '../program/isa.ts';
import { dispatch, read } from './relations.ts';

export const mac = component('mac', (c) => {
  const w = c.columns('w', LANES);
  const v = c.columns('v', LANES);
  const { aw, av, bb } = c.columns('aw', 'av', 'bb');
  const { A1, A2, B1, B2, S, H } = c.columns('A1', 'A2', 'B1', 'B2', 'S', 'H'); // kind of row: one or two A words, B words, shift, pair
  const { e, ze, last } = c.columns('e', 'ze', 'last'); // end of a unit but not of the run; A row end with Z; end of the run
  const { Z, X, c: left, nw, ch, pd, ct, ob, ra, k } = c.columns('Z', 'X', 'c', 'nw', 'ch', 'pd', 'ct', 'ob', 'ra', 'k');
  const alpha = (exponent = 1): Expression => c.challenge('alpha', exponent);
  const beta = (exponent = 1): Expression => c.challenge('beta', exponent);

  const pA = c.let(A1.add(A2));
  const pB = c.let(B1.add(B2));
  const two = c.let(A2.add(B2));
  const en = c.let(sum(A1, A2, B1, B2, S, H));
  const on = c.let(before(en).sub(before(last))); // this row continues the previous row's run
  const first = c.let(en.sub(on));
  const within = c.let(on.sub(before(e))); // same unit (image row, tap) as the previous row

  c.boolean({ A1, A2, B1, B2, S, H, e, last, Z, X, en });
  c.when(first).zero('first is A or H', pA.not().sub(H)); // so first = -1, a run cut short, is impossible too
  c.when(last).zero('last is B or H', pB.not().sub(H));
  c.when(e).zero('end needs en', en.not());
  c.when(e).zero('one end', last);
  c.when(S).zero('S is a unit', e.not());
  c.when(A1.add(B1)).zero('one word ends the unit', e.not().sub(last));
  const AAfterS = before(S).mul(pA);
  const HAfterAOrS = before(pA).add(before(S)).mul(H);
  c.zero('phase order', AAfterS.add(HAfterAOrS));
  const BStops = before(pB).mul(pB.not());
  const HStops = before(H).mul(H.not());
  c.when(before(last).not()).zero('B and H go on', BStops.add(HStops));
  c.when(within).equal('A unit goes on', pA, before(pA));
  const rowOfNw = left.add(1, A2).sub(nw);
  const tapOfOb = left.add(1, B2).sub(ob);
  c.when(first.add(before(e))).zero('unit start', pA.add(H).mul(rowOfNw).add(pB.mul(tapOfOb)));
  c.when(within).equal('unit step', left, before(left).sub(1, two));
  c.when(e.add(last)).zero('unit end', left);
  c.when(on, pA.add(H)).equal('rows step', ch, before(ch).sub(before(e)));
  c.when(before(pA), pA.not()).zero('rows end A', before(ch));
  c.when(last, H).zero('rows end H', ch);
  c.when(on).equal('pad step', pd, before(pd).sub(S));
  c.when(pB).zero('pad end', pd);
  c.when(on).equal('taps step', ct, before(ct).sub(before(e).mul(before(pB))));
  c.when(last).zero('taps end', ct);
  c.equal('zero word', ze, pA.mul(e, Z));
  for (const [name, x] of Object.entries({ nw, ra, ob, bb, k, Z, X })) c.when(on).equal(`carry ${name}`, x, before(x));
  c.when(two).equal('second word', av, aw.add(1));
  c.when(within).equal('next word', aw, before(aw).add(1, before(two)));
  c.when(before(e), pA.add(H)).equal('next row', aw, before(aw).add(before(A2), ra));
  c.when(pB, before(pB).not()).equal('B start', aw, bb);
  c.when(before(e), before(pB)).equal('next tap', aw, before(aw).add(1, before(B2)));
  c.when(first, H).equal('H start', av, bb);
  c.when(within, H).equal('H next word', av, before(av).add(1));
  c.when(before(e), H).equal('H next row', av, before(av).add(ob));

  const dot = (lanes: readonly Expression[], weight: (lane: number) => Expression): Expression =>
    sum(...lanes.map((x, t) => weight(t).mul(x)));
  const La = (x: readonly Expression[]): Expression => dot(x, (t) => alpha(LANES - 1 - t)); // Σ x_t α^(15-t)
  const La2 = (x: readonly Expression[]): Expression => dot(x, (t) => alpha(2 * (LANES - 1 - t)));
  const Lb = (x: readonly Expression[]): Expression => dot(x, (t) => beta(t));
  const past = (words: number): Expression => alpha(words * LANES); // what words before so many more are multiplied by
  const D = c.let(past(1).mul(La(w)).add(La(v))); // both words of a row
  const D2 = c.let(past(2).mul(La2(w)).add(La2(v)));
  const plain = c.let(X.not().add(past(1).sub(1).mul(ze))); // 1, or α^16 at a row's end with Z

  const hold = c.register('hold');
  // from one power of α to another where a flag is set
  const instead = (words: number, than: number): Expression => past(words).sub(past(than));
  // the carry is 0 on padding, on the last B row and on H rows, so a run starts from 0 without a factor `first`; a tap's end multiplies by α.
  // `last` belongs inside: outside it left -1 on a last H row, and an instance of one-row MULs alone had a hold that anybody could choose
  const overOneWord = past(1).add(instead(2, 1).mul(ze.add(X)));
  const overTwoWords = past(2).add(instead(3, 2).mul(ze), instead(4, 2).mul(X));
  const overTap = alpha().sub(1).mul(e).add(1).sub(last);
  const shift = c.let(A1.mul(overOneWord).add(A2.mul(overTwoWords), S.mul(alpha(-1)), pB.mul(overTap)));
  const oneWord = La(w)
    .mul(plain)
    .add(X.mul(La2(w)));
  const twoWords = D.mul(plain).add(X.mul(D2));
  hold.define({
    carry: shift,
    add: A1.mul(oneWord).add(A2.mul(twoWords)),
    reset: en.not().add(H, pB.mul(last)),
  });
  const acc = c.register('acc');
  const moreOfTap = B1.mul(beta(LANES)).add(B2.mul(beta(2 * LANES)));
  const bothOfTap = beta(LANES).mul(Lb(w)).add(Lb(v));
  const pairs = sum(...w.map((x, t) => alpha(LANES - 1 - t).mul(x.mul(v[t]!))));
  // 0 on A, S and padding rows, so `e` may mark all unit ends
  acc.define({
    carry: within.mul(moreOfTap).add(on.mul(H, past(1))),
    add: B1.mul(Lb(w)).add(B2.mul(bothOfTap), H.mul(pairs)),
    reset: en.not().add(first),
  });

  c.use(read, pA.add(pB, H), [aw, ...w]);
  c.use(read, two.add(H), [av, ...v]);
  const opcode = pA.mul(ISA.MAC.code).add(Z, X.mul(SECOND_VARIANT), H.mul(ISA.MUL.code));
  c.yield(dispatch, first, [opcode, aw, bb, k, nw, ch.add(1), ra, ob, ct.add(1), pd, 0, 0]);
  // at a tap's end the fraction uses hold before it is multiplied by α
  c.fraction(e.add(last).mul(before(hold.value)).add(last.mul(H)).mul(acc.value), c.challenge('zeta').sub(k));
});
