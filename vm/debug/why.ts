// "Why is this output what it is": from a lane of a word back along what it was computed from, down to inputs and weights. A stored lane is its slot's
// value at Σ a·b over the products of its coefficient, and each a and b is a lane that somebody wrote. Source: AIR.md §3; positions.ts. Caveat: it is
// bounded: of a sum the largest products are followed, and what was left out is counted, never dropped in silence.
import { bug } from '../../fri/core/errors.ts';
import { DATA_BASE, LANES, RAM_BASE } from '../program/isa.ts';
import { elementAddresses } from '../program/packing.ts';
import type { Region } from '../program/types.ts';
import { cycleOf, instructionOf, laneAt } from './cycle.ts';
import { type Debugged, WRITER } from './open.ts';
import { ownerOf } from './operands.ts';
import { factorsOf, storedWords } from './positions.ts';
import type { Place, Product, Reason, Why, WhyLimits } from './types.ts';

/** the lane of a region's element */
export function placeOfElement(region: Region, index: number): Place {
  const [channelStride, rowStride, xStride] = region.strides;
  for (let channel = 0; channel < region.channels; channel++)
    for (let row = 0; row < region.rows; row++) {
      const rest = index - channel * channelStride - row * rowStride;
      if (rest < 0 || rest % xStride !== 0) continue;
      const x = rest / xStride;
      if (x < region.width)
        return {
          address: region.address + channel * region.channelStep + row * region.rowStep + Math.floor(x / LANES),
          lane: x % LANES,
        };
    }
  throw bug(`element ${index} of ${region.name} has no place among ${elementAddresses(region).length} words`);
}

/** what one lane was computed from */
function reasonOf(debugged: Debugged, { address, lane }: Place, limit: number): Reason {
  const { run, writers, adders, rowStarts } = debugged;
  const owner = ownerOf(debugged, address);
  const plain: Reason = { address, lane, value: laneAt(run, address, lane), owner };
  const step = address < RAM_BASE ? WRITER.nobody : (writers[address - RAM_BASE] ?? WRITER.nobody);
  if (step < 0) return plain;
  const instruction = instructionOf(run, step);
  const { ea, eb, ec } = cycleOf(run, step);
  if (instruction.opcode !== 'STORE') {
    const read = (at: number) => ({ address: at, lane: 0, value: laneAt(run, at, 0) });
    const immediate = (instruction.flags as readonly string[]).includes('im');
    const computes = instruction.opcode === 'ADD' || instruction.opcode === 'MLS';
    return { ...plain, step, from: computes && lane === 0 ? [read(ea), ...(immediate ? [] : [read(eb)])] : [] };
  }
  const { values, flags } = instruction;
  for (const word of storedWords(values, flags, ec)) {
    if (word.address !== address) continue;
    const at = (rowStarts.store[step]! + word.row) * LANES + lane;
    const exponent = word.exponent - lane * word.step;
    const masked = run.entries[at]! < 0;
    const stored = { coefficient: run.coefficients[at]!, slot: eb, masked, channel: word.channel, exponent };
    if (masked) return { ...plain, step, stored, products: [], productCount: 0, rest: 0 };
    const products: Product[] = [];
    for (const adder of adders.get(ec) ?? []) {
      if (adder > step) break;
      const cycle = cycleOf(run, adder);
      for (const [a, b] of factorsOf(instructionOf(run, adder), cycle.ea, cycle.eb, word.channel, exponent)) {
        const [x, y] = [laneAt(run, a.address, a.lane), laneAt(run, b.address, b.lane)];
        if (x !== 0 && y !== 0) products.push({ step: adder, a: { ...a, value: x }, b: { ...b, value: y }, product: x * y });
      }
    }
    products.sort((x, y) => Math.abs(y.product) - Math.abs(x.product));
    const rest = products.slice(limit).reduce((sum, { product }) => sum + product, 0);
    return { ...plain, step, stored, products: products.slice(0, limit), productCount: products.length, rest };
  }
  throw bug(`step ${step} did not write word ${address}`);
}

/** From a lane back to what it came from. */
export function whyOf(debugged: Debugged, start: Place, { places = 200, products = 8 }: WhyLimits = {}): Why {
  const key = ({ address, lane }: Place): number => address * LANES + lane;
  const seen = new Set([key(start)]);
  const queue: Place[] = [start];
  const reasons: Reason[] = [];
  const steps = new Set<number>();
  let leftOut = 0;
  for (let i = 0; i < queue.length; i++) {
    if (reasons.length >= places) {
      leftOut += queue.length - i;
      break;
    }
    const reason = reasonOf(debugged, queue[i]!, products);
    reasons.push(reason);
    if (reason.step !== undefined) steps.add(reason.step);
    for (const { step } of reason.products ?? []) steps.add(step);
    leftOut += (reason.productCount ?? 0) - (reason.products?.length ?? 0);
    for (const place of [...(reason.products ?? []).flatMap(({ a, b }) => [a, b]), ...(reason.from ?? [])]) {
      // code and weights are where a reason ends; they stand in the product
      if (place.address < DATA_BASE || seen.has(key(place))) continue;
      seen.add(key(place));
      queue.push({ address: place.address, lane: place.lane });
    }
  }
  return { reasons, steps: [...steps].sort((x, y) => x - y), leftOut };
}
