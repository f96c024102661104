// What the inputs and outputs of a program must satisfy: every element in exactly one lane, all words in RAM, inputs apart, ranges not empty.
// A program (loader.ts) and a record of one (statement/record-file.ts) are held to it. Source: AIR.md §9 items 8-10, 23.
// Caveat: where a word lies says nothing of what the program does with it.

import { checkCommittedRanges, isCommitted } from './committed.ts';
import { count, invalid } from './invalid.ts';
import { MAX_PUBLIC_WORDS, MAX_RAM_WORDS, P, RAM_BASE } from './isa.ts';
import { elementCount, inputWords, rowWords } from './packing.ts';
import type { Region } from './types.ts';

/** RAM words, which a file only announces */
export const MAX_RAM_LOG_SIZE = Math.log2(MAX_RAM_WORDS);
const MAX_TENSOR_ELEMENTS = 2 ** 26;

/** Shape, lanes, steps and range of one region. */
function checkRegion(region: Region, kind: 'input' | 'output', ramEnd: number): void {
  const where = `${kind} "${region.name}"`;
  const rule = (holds: boolean, what: string, why?: string): void => {
    if (!holds) throw invalid('ZK0343', what, where, why);
  };
  const { shape, address, channels, rows, width, channelStep, rowStep, strides, lo, hi, scale } = region;
  rule(region.name.length > 0, 'a region needs a name');
  rule(shape.length <= 16 && shape.every((size) => count(size, MAX_TENSOR_ELEMENTS)), `shape [${shape.join(', ')}] is not a shape`);
  rule(
    [channels, rows, width].every((size) => count(size, MAX_TENSOR_ELEMENTS)),
    'channels, rows and width are at least 1',
  );
  const elements = elementCount(region);
  rule(elements <= MAX_TENSOR_ELEMENTS, `${elements} elements are too many`);
  rule(channels * rows * width === elements, `channels·rows·width = ${channels * rows * width}, the shape has ${elements} elements`);
  const committed = kind === 'input' && isCommitted(region); // where it may lie is for checkCommittedRanges
  if (!committed) rule(Number.isInteger(address) && address >= RAM_BASE && address < ramEnd, `address ${address} is not in RAM`);
  rule(channels === 1 || count(channelStep, P), 'channelStep is at least 1');
  rule(rows === 1 || count(rowStep, P), 'rowStep is at least 1');
  rule(Number.isInteger(channelStep) && channelStep >= 0 && Number.isInteger(rowStep) && rowStep >= 0, 'steps are not negative');
  // an arithmetic progression in three directions covers 0 … n-1 exactly once if and only if it is a mixed radix system
  let radix = 1;
  const axes = [channels, rows, width].map((size, i) => ({ size, stride: strides[i]! }));
  rule(
    strides.length === 3 && strides.every((stride) => Number.isInteger(stride) && stride >= 0 && stride < 2 ** 31),
    'strides are three integers',
  );
  for (const { size, stride } of axes.filter((axis) => axis.size > 1).sort((x, y) => x.stride - y.stride)) {
    rule(stride === radix, `strides [${strides.join(', ')}] do not cover every element exactly once`);
    radix *= size;
  }
  const words = rowWords(region);
  const rowEnd = (rows - 1) * rowStep + words;
  rule(rows === 1 || rowStep >= words, `rows of ${words} words overlap at rowStep ${rowStep}`);
  if (kind === 'input')
    rule(
      channelStep >= rowEnd && (committed ? inputWords(region) <= MAX_RAM_WORDS : address + inputWords(region) <= ramEnd),
      `channels of ${rowEnd} words do not fit into channelStep ${channelStep} or RAM`,
    );
  else rule(address + (channels - 1) * channelStep + rowEnd <= ramEnd, 'the region ends outside RAM');
  // the verifier reads an output word once: channel after channel, or rows of all channels side by side
  const blocks = channels === 1 || channelStep >= rowEnd;
  const interleaved = channelStep >= words && (rows === 1 || rowStep >= (channels - 1) * channelStep + words);
  rule(blocks || interleaved, `words overlap at channelStep ${channelStep}, rowStep ${rowStep}`);
  rule(
    Number.isInteger(lo) && Number.isInteger(hi) && lo <= hi && lo > -P / 2 && hi < P / 2,
    `range [${lo}, ${hi}] is not a range of signed field elements`,
  );
  rule(Number.isFinite(scale) && scale > 0, `scale ${scale} is not a positive number`);
}

/** @throws ZK0343 for the first rule that a region breaks */
export function checkRegions(program: { inputs: readonly Region[]; outputs: readonly Region[]; ramLogSize: number }): void {
  const ramEnd = RAM_BASE + 2 ** program.ramLogSize;
  const names = new Set<string>();
  for (const [kind, regions] of [
    ['input', program.inputs],
    ['output', program.outputs],
  ] as const) {
    names.clear();
    for (const region of regions) {
      checkRegion(region, kind, ramEnd);
      if (names.has(region.name)) throw invalid('ZK0343', `two regions of the same name`, `${kind} "${region.name}"`);
      names.add(region.name);
    }
  }
  checkCommittedRanges(program.inputs, ramEnd - RAM_BASE);
  const inRam = program.inputs.filter((region) => !isCommitted(region));
  const spans = inRam.map((region) => ({ name: region.name, from: region.address, to: region.address + inputWords(region) }));
  spans.sort((x, y) => x.from - y.from);
  for (let i = 1; i < spans.length; i++)
    if (spans[i]!.from < spans[i - 1]!.to) throw invalid('ZK0343', `inputs "${spans[i - 1]!.name}" and "${spans[i]!.name}" overlap`);
  // inputs fit into RAM by now, outputs may read it many times over
  const words = program.outputs.reduce(
    (sum, r) => sum + r.channels * r.rows * rowWords(r),
    spans.reduce((sum, s) => sum + s.to - s.from, 0),
  );
  if (words > MAX_PUBLIC_WORDS) throw invalid('ZK0343', `inputs and outputs are ${words} words, at most ${MAX_PUBLIC_WORDS}`);
}
