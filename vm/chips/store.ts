// store: one row per drained word. Each lane splits C = q·u + r and looks up y in its slot; `acc` collects C_o(α) of a channel,
// `tot` the channels with powers of β; the last row takes tot from accumulator k. Source: AIR.md §5.3.
// Caveat: y is unique only because a slot's intervals are disjoint inside (-2^30, 2^30), which the loader checks.
import { component } from '../../air/component.ts';
import { before, type Expression, sum } from '../../air/expression.ts';
import { ISA, LANES, SECOND_VARIANT } from '../program/isa.ts';
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
  const alpha = (exponent = 1): Expression => c.challenge('alpha', exponent);

  const on = c.let(before(en).sub(before(last)));
  const first = c.let(en.sub(on));
  const cs = c.let(first.add(before(ce))); // first row of a channel
  const rs = c.let(cs.sub(ld).add(before(ld), before(re))); // first word of an image row
  const end = c.let(re.add(ce, last)); // last word of an image row (re: not of the channel; ce: not of the run)
  const e2 = c.let(ce.add(last));
  const pl = c.let(en.sub(ev, od));

  c.boolean({ en, re, ce, last, hl, hs, first, end }); // ev, od, ld are boolean by `split rows`, `even or odd`, `lead`
  c.when(end).zero('end needs a word', en.not().add(ld, ev));
  c.equal('lead', ld, cs.mul(hl));
  c.equal('split rows', ev.add(od), hs.mul(en.sub(ld)));
  c.equal('odd follows even', od, before(ev));
  c.when(ev).zero('even or odd', od);
  for (const [name, x] of Object.entries({ k, slot, rw, h, rj, cj, split, a0, hl, hs })) c.when(on).equal(`carry ${name}`, x, before(x));
  c.when(first).equal('accumulator id', k, wa);
  c.when(rs).equal('word start', cw, rw.sub(1));
  c.when(en.sub(ld, rs)).equal('word step', cw, before(cw).sub(1));
  c.when(end).zero('word end', cw);
  c.when(cs).equal('row start', ch, h.sub(1));
  c.when(en.sub(cs)).equal('row step', ch, before(ch).sub(before(re)));
  c.when(e2).zero('row end', ch);
  c.when(on).equal('channel step', co, before(co).sub(before(ce)));
  c.when(last).zero('channel end', co);
  const step = c.let(before(en).sub(before(ld), before(ev), before(re), before(ce)));
  const acrossHalves = before(ev).sub(before(od)).mul(split);
  const jump = c.let(acrossHalves.add(before(re).mul(rj), before(ce).mul(cj)));
  c.when(on).equal('write address', wa, before(wa).add(step, jump));
  c.boolean(Object.fromEntries(m.map((mask, t) => [`m${t}`, mask])));
  for (const [t, mask] of m.entries()) c.when(mask.not()).zero(`masked y${t}`, y[t]!);

  const C = q.map((quotient, t) => c.let(quotient.mul(u[t]!).add(r[t]!)));
  const acc = c.register('acc');
  const whole = sum(...C.map((x, t) => alpha(LANES - 1 - t).mul(x)));
  const halves = sum(...C.map((x, t) => alpha(2 * (LANES - 1 - t)).mul(x)));
  const past = pl.mul(alpha(LANES)).add(ev.mul(alpha(2 * LANES)), od);
  acc.define({
    carry: cs.not().mul(past),
    add: pl.mul(whole).add(alpha().mul(ev).add(od).mul(halves)),
    reset: en.not().add(cs),
  });
  const tot = c.register('tot');
  const overChannel = c.challenge('beta').sub(1).mul(e2).add(1);
  tot.define({ carry: on.mul(overChannel), add: e2.mul(acc.value), reset: on.not() });

  c.use(read, en.sub(ld), [a0.add(rw).sub(1, cw), ...m]);
  c.use(write, en.sub(ld), [wa, ...y]);
  for (const [t, mask] of m.entries()) {
    c.use(lookup, mask, [slot, u[t]!, q[t]!, y[t]!]);
    c.use(lookup, mask, [0, u[t]!, r[t]!, 0]);
  }
  c.yield(dispatch, first, [hl.add(ISA.STORE.code, hs.mul(SECOND_VARIANT)), a0, slot, wa, rw, h, co.add(1), rj, cj, split, 0, 0]);
  c.fraction(last.mul(tot.value).neg(), c.challenge('zeta').sub(k));
});
