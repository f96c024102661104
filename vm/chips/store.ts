// store: one row per drained word. Each lane splits C = q·u + r and looks up y in its slot; `acc` collects C_o(α) of a channel,
// `tot` the channels with powers of β; the last row takes tot from accumulator k. Source: AIR.md §5.3.
// Caveat: y is unique only because a slot's intervals are disjoint inside (-2^30, 2^30), which the loader checks.
import { component } from '../../air/component.ts';
import type { Expression } from '../../air/expression.ts';
import { sum } from '../../air/expression.ts';
import { LANES } from '../program/isa.ts';
import { dispatch, lookup, read, write } from './relations.ts';

export const store = component('store', (c) => {
  const q = c.columns('q', LANES);
  const r = c.columns('r', LANES);
  const u = c.columns('u', LANES);
  const y = c.columns('y', LANES);
  const m = c.columns('m', LANES);
  const { wa, a0, k, slot, rw, h, rj, cj, split, hl, hs } = c.columns('wa', 'a0', 'k', 'slot', 'rw', 'h', 'rj', 'cj', 'split', 'hl', 'hs');
  const { cw, ch, co } = c.columns('cw', 'ch', 'co'); // words, rows, channels left
  const { en, ev, od, ld, re, ce, last } = c.columns('en', 'ev', 'od', 'ld', 're', 'ce', 'last');
  const before = (x: Expression): Expression => x.previous();
  const alpha = (exponent = 1): Expression => c.challenge('alpha', exponent);

  const on = before(en).sub(before(last));
  const first = en.sub(on);
  const cs = first.add(before(ce)); // first row of a channel
  const rs = cs.sub(ld).add(before(ld)).add(before(re)); // first word of an image row
  const end = re.add(ce).add(last); // last word of an image row (re: not of the channel; ce: not of the run)
  const e2 = ce.add(last);
  const pl = en.sub(ev).sub(od);

  c.boolean({ en, re, ce, last, hl, hs, first, end }); // ev, od, ld are boolean by `split rows`, `even or odd`, `lead`
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
  const step = before(en).sub(before(ld)).sub(before(ev)).sub(before(re)).sub(before(ce));
  const jump = before(ev).sub(before(od)).mul(split).add(before(re).mul(rj)).add(before(ce).mul(cj));
  c.zero('write address', on.mul(wa.sub(before(wa)).sub(step).sub(jump)));
  for (const [t, mask] of m.entries()) c.zero(`bool m${t}`, mask.mul(mask.sub(1)));
  for (const [t, mask] of m.entries()) c.zero(`masked y${t}`, mask.not().mul(y[t]!));

  const C = q.map((quotient, t) => quotient.mul(u[t]!).add(r[t]!));
  const acc = c.register('acc');
  acc.define({
    carry: cs.not().mul(
      pl
        .mul(alpha(16))
        .add(ev.mul(alpha(32)))
        .add(od),
    ),
    add: pl.mul(sum(C.map((x, t) => alpha(LANES - 1 - t).mul(x)))).add(
      alpha()
        .mul(ev)
        .add(od)
        .mul(sum(C.map((x, t) => alpha(2 * (LANES - 1 - t)).mul(x)))),
    ),
    reset: en.not().add(cs),
  });
  const tot = c.register('tot');
  tot.define({ carry: on.mul(c.challenge('beta').sub(1).mul(e2).add(1)), add: e2.mul(acc.value), reset: on.not() });

  c.use(read, en.sub(ld), [a0.add(rw).sub(1).sub(cw), ...m]);
  c.use(write, en.sub(ld), [wa, ...y]);
  for (const [t, mask] of m.entries()) {
    c.use(lookup, mask, [slot, u[t]!, q[t]!, y[t]!]);
    c.use(lookup, mask, [0, u[t]!, r[t]!, 0]);
  }
  c.yield(dispatch, first, [hl.add(12).add(hs.mul(2)), a0, slot, wa, rw, h, co.add(1), rj, cj, split, 0, 0]);
  c.fraction(last.mul(tot.value).neg(), c.challenge('zeta').sub(k));
});
