// mac: products of polynomials. A run is the rows of one MAC (A words, then S rows that shift by 1/α, then B words) or of one MUL
// (H rows, a word pair each). `hold` is A(α) so far, `acc` the value of the current tap or product; the fraction adds hold·acc
// to accumulator k. Source: AIR.md §5.2. Caveat: no range checks; the integers behind the field are the compiler's bound.
import { component } from '../../air/component.ts';
import type { Expression } from '../../air/expression.ts';
import { sum } from '../../air/expression.ts';
import { LANES } from '../program/isa.ts';
import { dispatch, read } from './relations.ts';

export const mac = component('mac', (c) => {
  const w = c.columns('w', LANES);
  const v = c.columns('v', LANES);
  const { aw, av, bb } = c.columns('aw', 'av', 'bb');
  const { A1, A2, B1, B2, S, H } = c.columns('A1', 'A2', 'B1', 'B2', 'S', 'H'); // kind of row: one or two A words, B words, shift, pair
  const { e, ze, last } = c.columns('e', 'ze', 'last'); // end of a unit but not of the run; A row end with Z; end of the run
  const { Z, X, c: left, nw, ch, pd, ct, ob, ra, k } = c.columns('Z', 'X', 'c', 'nw', 'ch', 'pd', 'ct', 'ob', 'ra', 'k');
  const before = (x: Expression): Expression => x.previous();
  const alpha = (exponent = 1): Expression => c.challenge('alpha', exponent);
  const beta = (exponent = 1): Expression => c.challenge('beta', exponent);

  const pA = A1.add(A2);
  const pB = B1.add(B2);
  const two = A2.add(B2);
  const en = sum([A1, A2, B1, B2, S, H]);
  const on = before(en).sub(before(last)); // this row continues the previous row's run
  const first = en.sub(on);
  const within = on.sub(before(e)); // same unit (image row, tap) as the previous row

  c.boolean({ A1, A2, B1, B2, S, H, e, last, Z, X, en });
  c.zero('first is A or H', first.mul(pA.not().sub(H))); // so first = -1, a run cut short, is impossible too
  c.zero('last is B or H', last.mul(pB.not().sub(H)));
  c.zero('end needs en', e.mul(en.not()));
  c.zero('one end', e.mul(last));
  c.zero('S is a unit', S.mul(e.not()));
  c.zero('one word ends the unit', A1.add(B1).mul(e.not().sub(last)));
  c.zero(
    'phase order',
    before(S)
      .mul(pA)
      .add(before(pA).add(before(S)).mul(H)),
  );
  c.zero(
    'B and H go on',
    before(last)
      .not()
      .mul(before(pB).mul(pB.not()).add(before(H).mul(H.not()))),
  );
  c.zero('A unit goes on', within.mul(pA.sub(before(pA))));
  c.zero(
    'unit start',
    first.add(before(e)).mul(
      pA
        .add(H)
        .mul(left.add(1).add(A2).sub(nw))
        .add(pB.mul(left.add(1).add(B2).sub(ob))),
    ),
  );
  c.zero('unit step', within.mul(left.sub(before(left)).add(1).add(two)));
  c.zero('unit end', e.add(last).mul(left));
  c.zero('rows step', on.mul(pA.add(H)).mul(ch.sub(before(ch)).add(before(e))));
  c.zero('rows end A', before(pA).mul(pA.not()).mul(before(ch)));
  c.zero('rows end H', last.mul(H).mul(ch));
  c.zero('pad step', on.mul(pd.sub(before(pd)).add(S)));
  c.zero('pad end', pB.mul(pd));
  c.zero('taps step', on.mul(ct.sub(before(ct)).add(before(e).mul(before(pB)))));
  c.zero('taps end', last.mul(ct));
  c.zero('zero word', ze.sub(pA.mul(e).mul(Z)));
  for (const [name, x] of Object.entries({ nw, ra, ob, bb, k, Z, X })) c.zero(`carry ${name}`, on.mul(x.sub(before(x))));
  c.zero('second word', two.mul(av.sub(aw).sub(1)));
  c.zero('next word', within.mul(aw.sub(before(aw)).sub(1).sub(before(two))));
  c.zero(
    'next row',
    before(e)
      .mul(pA.add(H))
      .mul(aw.sub(before(aw)).sub(before(A2)).sub(ra)),
  );
  c.zero('B start', pB.mul(before(pB).not()).mul(aw.sub(bb)));
  c.zero(
    'next tap',
    before(e)
      .mul(before(pB))
      .mul(aw.sub(before(aw)).sub(1).sub(before(B2))),
  );
  c.zero('H start', first.mul(H).mul(av.sub(bb)));
  c.zero('H next word', within.mul(H).mul(av.sub(before(av)).sub(1)));
  c.zero(
    'H next row',
    before(e)
      .mul(H)
      .mul(av.sub(before(av)).sub(ob)),
  );

  const dot = (lanes: readonly Expression[], weight: (lane: number) => Expression): Expression =>
    sum(lanes.map((x, t) => weight(t).mul(x)));
  const La = (x: readonly Expression[]): Expression => dot(x, (t) => alpha(LANES - 1 - t)); // Σ x_t α^(15-t)
  const La2 = (x: readonly Expression[]): Expression => dot(x, (t) => alpha(2 * (LANES - 1 - t)));
  const Lb = (x: readonly Expression[]): Expression => dot(x, (t) => beta(t));
  const D = alpha(16).mul(La(w)).add(La(v)); // both words of a row
  const D2 = alpha(32).mul(La2(w)).add(La2(v));
  const plain = X.not().add(alpha(16).sub(1).mul(ze)); // 1, or α^16 at a row's end with Z

  const hold = c.register('hold');
  // the carry is 0 on padding, on the last B row and on H rows, so a run starts from 0 without a factor `first`; a tap's end multiplies by α.
  // `last` belongs inside: outside it left -1 on a last H row, and an instance of one-row MULs alone had a hold that anybody could choose
  const shift = A1.mul(alpha(16).add(alpha(32).sub(alpha(16)).mul(ze.add(X))))
    .add(
      A2.mul(
        alpha(32)
          .add(alpha(48).sub(alpha(32)).mul(ze))
          .add(alpha(64).sub(alpha(32)).mul(X)),
      ),
    )
    .add(S.mul(alpha(-1)))
    .add(pB.mul(alpha().sub(1).mul(e).add(1).sub(last)));
  hold.define({
    carry: shift,
    add: A1.mul(
      La(w)
        .mul(plain)
        .add(X.mul(La2(w))),
    ).add(A2.mul(D.mul(plain).add(X.mul(D2)))),
    reset: en.not().add(H).add(pB.mul(last)),
  });
  const acc = c.register('acc');
  // 0 on A, S and padding rows, so `e` may mark all unit ends
  acc.define({
    carry: within.mul(B1.mul(beta(16)).add(B2.mul(beta(32)))).add(on.mul(H).mul(alpha(16))),
    add: B1.mul(Lb(w))
      .add(B2.mul(beta(16).mul(Lb(w)).add(Lb(v))))
      .add(H.mul(sum(w.map((x, t) => alpha(LANES - 1 - t).mul(x.mul(v[t]!)))))),
    reset: en.not().add(first),
  });

  c.use(read, pA.add(pB).add(H), [aw, ...w]);
  c.use(read, two.add(H), [av, ...v]);
  c.yield(dispatch, first, [pA.add(Z).add(X.mul(2)).add(H.mul(5)), aw, bb, k, nw, ch.add(1), ra, ob, ct.add(1), pd, 0, 0]);
  // at a tap's end the fraction uses hold before it is multiplied by α
  c.fraction(e.add(last).mul(hold.value.previous()).add(last.mul(H)).mul(acc.value), c.challenge('zeta').sub(k));
});
