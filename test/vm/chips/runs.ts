// Rows of one dispatched MAC, MUL or STORE as a pure function of the dispatch: a second, independent statement of AIR.md §5.2 and
// §5.3, used to forge runs of another shape and as the honest run of the enumeration. Words hold zeros; only control cells matter.
// Caveat: addresses are not reduced modulo p; `witnessOf` does that.
import type { Row } from './forging.ts';

/** what MAC and MUL share: operands, name of the accumulator, words a row, rows, step of a's rows */
interface ProductDispatch {
  a: number;
  b: number;
  k: number;
  nw: number;
  h: number;
  ra: number;
}

export interface MacDispatch extends ProductDispatch {
  ob: number;
  taps: number;
  pad: number;
  Z: number;
  X: number;
}

export interface MulDispatch extends ProductDispatch {
  rb: number;
}

export interface StoreDispatch {
  a0: number;
  slot: number;
  k: number;
  rw: number;
  h: number;
  O: number;
  rj: number;
  cj: number;
  split: number;
  hl: number;
  hs: number;
}

/** rows of a MAC: image rows in steps of two words, one row a shift, taps in steps of two words */
export function macRows({ a, b, k, nw, h, ra, ob, taps, pad, Z, X }: MacDispatch): Row[] {
  const run: Row = { bb: b, k, nw, ra, ob, Z, X };
  const list: Row[] = [];
  let aw = a;
  for (let ch = h - 1; ch >= 0; ch--)
    for (let left = nw; left > 0; ) {
      const two = left >= 2 ? 1 : 0;
      const end = left <= 2 ? 1 : 0;
      left -= 1 + two;
      list.push({ ...run, aw, av: two ? aw + 1 : 0, A1: 1 - two, A2: two, e: end, ze: end * Z, c: left, ch, pd: pad, ct: taps - 1 });
      aw += two + (end ? ra : 1);
    }
  for (let pd = pad - 1; pd >= 0; pd--) list.push({ ...run, S: 1, e: 1, pd, ct: taps - 1 });
  let bw = b;
  for (let ct = taps - 1; ct >= 0; ct--)
    for (let left = ob; left > 0; ) {
      const two = left >= 2 ? 1 : 0;
      const end = left <= 2;
      left -= 1 + two;
      list.push({
        ...run,
        aw: bw,
        av: two ? bw + 1 : 0,
        B1: 1 - two,
        B2: two,
        e: end && ct > 0 ? 1 : 0,
        last: end && ct === 0 ? 1 : 0,
        c: left,
        ct,
      });
      bw += 1 + two;
    }
  return list;
}

/** rows of a MUL: one row a pair of words */
export function mulRows({ a, b, k, nw, h, ra, rb }: MulDispatch): Row[] {
  const list: Row[] = [];
  let [aw, av] = [a, b];
  for (let ch = h - 1; ch >= 0; ch--)
    for (let c = nw - 1; c >= 0; c--) {
      const [e, last] = [c === 0 && ch > 0 ? 1 : 0, c === 0 && ch === 0 ? 1 : 0];
      list.push({ bb: b, k, nw, ra, ob: rb, aw, av, H: 1, c, ch, e, last });
      aw += c > 0 ? 1 : ra;
      av += c > 0 ? 1 : rb;
    }
  return list;
}

/** rows of a STORE whose lanes are all masked: u = 1, everything else 0 */
export function storeRows({ a0, slot, k, rw, h, O, rj, cj, split, hl, hs }: StoreDispatch): Row[] {
  const masked = Object.fromEntries(Array.from({ length: 16 }, (_, t) => [`u${t}`, 1]));
  const run: Row = { ...masked, a0, slot, k, rw, h, rj, cj, split, hl, hs, en: 1 };
  const list: Row[] = [];
  let wa = k;
  for (let co = O - 1; co >= 0; co--) {
    if (hl) list.push({ ...run, wa, ld: 1, ch: h - 1, co });
    for (let ch = h - 1; ch >= 0; ch--)
      for (let cw = rw - 1; cw >= 0; cw--) {
        const od = hs && (rw - 1 - cw) % 2 === 1 ? 1 : 0;
        const ev = hs && !od ? 1 : 0;
        const end = cw === 0;
        const [re, ce, last] = [end && ch > 0 ? 1 : 0, end && ch === 0 && co > 0 ? 1 : 0, end && ch === 0 && co === 0 ? 1 : 0];
        list.push({ ...run, wa, cw, ch, co, ev, od, re, ce, last });
        // jumps start from the even word of a pair
        wa += ev ? split : (od ? -split : 0) + (ce ? cj : re ? rj : 1);
      }
  }
  return list;
}
