// The copy of a committed input, which every program with one begins with: from where the statement's root has the words to RAM, through a table of
// the input's integers and a mask of its elements. Source: vm/program/committed.ts, which says what it must be. Caveat: it costs a row of store, half
// a row of mac and a word of RAM for sixteen elements, and a row of lookup table for each integer that an element may be.
import { usage } from '../../fri/core/errors.ts';
import { copiedRowWords, copyMask, copyOf } from '../../vm/program/committed.ts';
import { LANES } from '../../vm/program/isa.ts';
import type { Region } from '../../vm/program/types.ts';
import type { Emitter } from '../layout/emitter.ts';
import { exactly, type SlotRequest } from '../quantise/request.ts';
import type { Tables } from '../quantise/tables.ts';
import { MAX_COMMITTED_INTEGERS } from '../quantise/targets.ts';

/** the integers of a region, and nothing else */
function checkRequest({ name, lo, hi }: Region): SlotRequest {
  if (hi - lo >= MAX_COMMITTED_INTEGERS)
    throw usage('ZK0531', {
      what: `input "${name}" has ${hi - lo + 1} integers, too many for a committed one`,
      why: `each takes a row of the lookup table; ${MAX_COMMITTED_INTEGERS} are possible`,
      fix: 'compile it without --commit-input, or with a smaller --range',
    });
  const title = `committed ${lo} … ${hi}`;
  return { name: title, key: title, u: 1, from: lo, to: hi, low: lo, high: hi, value: (c) => c, truth: exactly((c) => c), ends: true };
}

/** Emits the copy. @param ram where the rest of the program reads the input */
export function emitCopy(emitter: Emitter, tables: Tables, region: Region, ram: number): void {
  const one = new Float64Array(LANES);
  one[0] = 1;
  const places = {
    ram,
    one: emitter.place(one),
    mask: emitter.place(Float64Array.from(copyMask(region))),
    slot: tables.request(checkRequest(region)),
  };
  const { mac, store } = copyOf(region, places);
  emitter.emit('MAC', mac, [], ['b']);
  emitter.emit('STORE', store, [], ['a']);
}

/** Words of the copy that hold no element: zeros below each channel's rows. */
export function emitGaps(emitter: Emitter, region: Region, ram: number): void {
  const rows = region.rows * copiedRowWords(region);
  for (let channel = 0; channel < region.channels; channel++)
    emitter.zeros(ram + channel * region.channelStep + rows, region.channelStep - rows);
}
