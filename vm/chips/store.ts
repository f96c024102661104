// store: one row per word drained from an accumulator. Lane t holds C = q·u + r; the table gives y = LUT[slot, u, q], the range
// table 0 ≤ r < u; masked lanes store 0. `acc` is a channel's polynomial at α, `tot` all channels at β. Source: AIR.md §5.3.
// Caveat: y is unique only because a slot's intervals are disjoint inside (-2^30, 2^30), which the loader checks.
import { component } from '../../air/component.ts';
import { type Expression, sum } from '../../air/expression.ts';
import { ISA, LANES } from '../isa.ts';
import { dispatch, lookup, read, write } from '../relations.ts';

const lanes = [...Array(LANES).keys()];

export const store = component('store', (c) => {
  const [q, r, u, y, m] = ['q', 'r', 'u', 'y', 'm'].map((name) => c.columns(name, LANES)) as [
    Expression[],
    Expression[],
    Expression[],
    Expression[],
    Expression[],
  ];
  const { wa, a0, k, slot, rw, h, rj, cj, split, hl, hs } = c.columns('wa', 'a0', 'k', 'slot', 'rw', 'h', 'rj', 'cj', 'split', 'hl', 'hs');
  const { cw, ch, co, en, ev, od, ld, re, ce, last } = c.columns('cw', 'ch', 'co', 'en', 'ev', 'od', 'ld', 're', 'ce', 'last');
  const acc = c.register('acc');
  const tot = c.register('tot');
  const before = (x: Expression): Expression => x.previous();

  const on = before(en).sub(before(last)); // this row continues the previous row's run
  const first = en.sub(on);
  const cs = first.add(before(ce)); // first row of a channel
  const rs = cs.sub(ld).add(before(ld)).add(before(re)); // first word of an image row
  const end = sum([re, ce, last]); // last word of an image row (re: not of the channel, ce: not of the run)
  const e2 = ce.add(last);
  const pl = en.sub(ev).sub(od); // a row in plain order, LEAD rows included

  c.boolean({ en, re, ce, last, hl, hs, first, end }); // ev, od, ld follow from `split rows`, `even or odd`, `lead`
  c.zero('end needs a word', end.mul(en.not().add(ld).add(ev)));
  c.zero('lead', ld.sub(cs.mul(hl)));
  c.zero('split rows', ev.add(od).sub(hs.mul(en.sub(ld))));
  c.zero('odd follows even', od.sub(before(ev)));
  c.zero('even or odd', ev.mul(od));
  for (const [name, x] of Object.entries({ k, slot, rw, h, rj, cj, split, a0, hl, hs })) c.zero(`carry ${name}`, on.mul(x.sub(before(x))));
  c.zero('accumulator id', first.mul(k.sub(wa)));
  c.zero('word start', rs.mul(cw.sub(rw).add(1)));
  c.zero(
    'word step',
    en
      .sub(ld)
      .sub(rs)
      .mul(cw.sub(before(cw)).add(1)),
  );
  c.zero('word end', end.mul(cw));
  c.zero('row start', cs.mul(ch.sub(h).add(1)));
  c.zero('row step', en.sub(cs).mul(ch.sub(before(ch)).add(before(re))));
  c.zero('row end', e2.mul(ch));
  c.zero('channel step', on.mul(co.sub(before(co)).add(before(ce))));
  c.zero('channel end', last.mul(co));
  const plainStep = sum([before(en)])
    .sub(before(ld))
    .sub(before(ev))
    .sub(before(re))
    .sub(before(ce));
  const jumps = before(ev).sub(before(od)).mul(split).add(before(re).mul(rj)).add(before(ce).mul(cj));
  c.zero('write address', on.mul(wa.sub(before(wa)).sub(plainStep).sub(jumps)));
  for (const t of lanes) c.zero(`bool m${t}`, m[t]!.mul(m[t]!.sub(1)));
  for (const t of lanes) c.zero(`masked y${t}`, m[t]!.not().mul(y[t]!));

  const alpha = (exponent: number): Expression => c.challenge('alpha', exponent);
  const C = lanes.map((t) => q[t]!.mul(u[t]!).add(r[t]!));
  const one = c.constant(1);
  acc.define({
    carry: cs.not().mul(alpha(16).mul(pl).add(alpha(32).mul(ev)).add(od)),
    add: pl.mul(sum(lanes.map((t) => alpha(LANES - 1 - t).mul(C[t]!)))).add(
      alpha(1)
        .mul(ev)
        .add(od)
        .mul(sum(lanes.map((t) => alpha(2 * (LANES - 1 - t)).mul(C[t]!)))),
    ),
  });
  tot.define({ carry: on.mul(one.add(c.challenge('beta').sub(1).mul(e2))), add: e2.mul(acc.value) });

  c.use(read, en.sub(ld), [a0.add(rw).sub(1).sub(cw), ...m]);
  c.use(write, en.sub(ld), [wa, ...y]);
  for (const t of lanes) {
    c.use(lookup, m[t]!, [slot, u[t]!, q[t]!, y[t]!]);
    c.use(lookup, m[t]!, [0, u[t]!, r[t]!]);
  }
  c.yield(dispatch, first, [hl.add(hs.mul(2)).add(ISA.STORE.code), a0, slot, wa, rw, h, co.add(1), rj, cj, split]);
  c.fraction(last.mul(tot.value).neg(), c.challenge('zeta').sub(k));
});
