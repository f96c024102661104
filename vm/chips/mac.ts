// mac: one row takes one or two words of A or of B, one shift by α^-1, or one word pair of MUL. `hold` is A's polynomial at α,
// `acc` one tap of B at β (or MUL's sum); a finished tap adds hold·acc to the accumulator's identity. Source: AIR.md §5.2.
// Caveat: a run is a phase A…A S…S B…B or H…H; that no run can close on itself rests on counters that fall below p in total.
import { component } from '../../air/component.ts';
import { type Expression, sum } from '../../air/expression.ts';
import { LANES } from '../isa.ts';
import { dispatch, read } from '../relations.ts';

const lanes = [...Array(LANES).keys()];

export const mac = component('mac', (c) => {
  const w = c.columns('w', LANES);
  const v = c.columns('v', LANES);
  const { aw, av, bb, A1, A2, B1, B2, S, H } = c.columns('aw', 'av', 'bb', 'A1', 'A2', 'B1', 'B2', 'S', 'H');
  const { e, ze, last, Z, X } = c.columns('e', 'ze', 'last', 'Z', 'X');
  const counters = c.columns('c', 'nw', 'ch', 'pd', 'ct', 'ob', 'ra', 'k');
  const { c: words, nw, ch, pd, ct, ob, ra, k } = counters;
  const hold = c.register('hold');
  const acc = c.register('acc');
  const before = (x: Expression): Expression => x.previous();

  const pA = A1.add(A2);
  const pB = B1.add(B2);
  const two = A2.add(B2);
  const en = sum([A1, A2, B1, B2, S, H]);
  const on = before(en).sub(before(last)); // this row continues the previous row's run
  const first = en.sub(on); // first row of a run
  const inside = on.sub(before(e)); // same unit (image row, tap) as the previous row
  const pe = before(e);

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
  c.zero('A unit goes on', inside.mul(pA.sub(before(pA))));
  c.zero(
    'unit start',
    first.add(pe).mul(
      pA
        .add(H)
        .mul(words.add(1).add(A2).sub(nw))
        .add(pB.mul(words.add(1).add(B2).sub(ob))),
    ),
  );
  c.zero('unit step', inside.mul(words.sub(before(words)).add(1).add(two)));
  c.zero('unit end', e.add(last).mul(words));
  c.zero('rows step', on.mul(pA.add(H)).mul(ch.sub(before(ch)).add(pe)));
  c.zero('rows end A', before(pA).mul(pA.not()).mul(before(ch)));
  c.zero('rows end H', last.mul(H).mul(ch));
  c.zero('pad step', on.mul(pd.sub(before(pd)).add(S)));
  c.zero('pad end', pB.mul(pd));
  c.zero('taps step', on.mul(ct.sub(before(ct)).add(pe.mul(before(pB)))));
  c.zero('taps end', last.mul(ct));
  c.zero('zero word', ze.sub(pA.mul(e).mul(Z)));
  for (const [name, x] of Object.entries({ nw, ra, ob, bb, k, Z, X })) c.zero(`carry ${name}`, on.mul(x.sub(before(x))));
  c.zero('second word', two.mul(av.sub(aw).sub(1)));
  c.zero('next word', inside.mul(aw.sub(before(aw)).sub(1).sub(before(two))));
  c.zero('next row', pe.mul(pA.add(H)).mul(aw.sub(before(aw)).sub(before(A2)).sub(ra)));
  c.zero('B start', pB.mul(before(pB).not()).mul(aw.sub(bb)));
  c.zero('next tap', pe.mul(before(pB)).mul(aw.sub(before(aw)).sub(1).sub(before(B2))));
  c.zero('H start', first.mul(H).mul(av.sub(bb)));
  c.zero('H next word', inside.mul(H).mul(av.sub(before(av)).sub(1)));
  c.zero('H next row', pe.mul(H).mul(av.sub(before(av)).sub(ob)));

  const alpha = (exponent: number): Expression => c.challenge('alpha', exponent);
  const beta = (exponent: number): Expression => c.challenge('beta', exponent);
  const atAlpha = (x: Expression[], step = 1): Expression => sum(lanes.map((t) => alpha(step * (LANES - 1 - t)).mul(x[t]!)));
  const atBeta = (x: Expression[]): Expression => sum(lanes.map((t) => beta(t).mul(x[t]!)));
  const one = c.constant(1);
  const zeroWord = alpha(16).sub(1).mul(ze);
  const pair = alpha(16).mul(atAlpha(w)).add(atAlpha(v));
  const pair2 = alpha(32).mul(atAlpha(w, 2)).add(atAlpha(v, 2));
  const plain = one.sub(X).add(zeroWord);
  hold.define({
    carry: sum([
      A1.mul(alpha(16).add(alpha(32).sub(alpha(16)).mul(ze.add(X)))),
      A2.mul(
        alpha(32)
          .add(alpha(48).sub(alpha(32)).mul(ze))
          .add(alpha(64).sub(alpha(32)).mul(X)),
      ),
      alpha(-1).mul(S),
      pB.mul(one.add(alpha(1).sub(1).mul(e))),
    ]).sub(last),
    add: A1.mul(
      atAlpha(w)
        .mul(plain)
        .add(X.mul(atAlpha(w, 2))),
    ).add(A2.mul(pair.mul(plain).add(X.mul(pair2)))),
  });
  acc.define({
    carry: inside.mul(beta(16).mul(B1).add(beta(32).mul(B2))).add(on.mul(H).mul(alpha(16))),
    add: sum([
      B1.mul(atBeta(w)),
      B2.mul(beta(16).mul(atBeta(w)).add(atBeta(v))),
      H.mul(sum(lanes.map((t) => alpha(LANES - 1 - t).mul(w[t]!.mul(v[t]!))))),
    ]),
  });

  c.use(read, pA.add(pB).add(H), [aw, ...w]);
  c.use(read, two.add(H), [av, ...v]);
  const opcode = sum([pA, Z, X.mul(2), H.mul(5)]);
  c.yield(dispatch, first, [opcode, aw, bb, k, nw, ch.add(1), ra, ob, ct.add(1), pd]);
  // the value of hold before a tap's end moves it on; MUL has no hold
  const tap = e.add(last).mul(hold.value.previous()).add(last.mul(H));
  c.fraction(tap.mul(acc.value), c.challenge('zeta').sub(k));
});
