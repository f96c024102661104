// How the rows that a program fixes are cut into pages: each row in one, in order, with its address. Source: DESIGN §5, §7.
// Caveat: pages of 2^20 rows are tried as numbers only; contents are compared on pages of 2^4 rows.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHIP_COLUMNS, cellCount } from '../../../vm/chips/cells.ts';
import { fixedWitnesses } from '../../../vm/chips/fixed.ts';
import { CHIP_LIST, instanceOf, TYPE } from '../../../vm/chips/machine.ts';
import { instanceOfPage, type Page, type PageOptions, pagesOf } from '../../../vm/chips/pages.ts';
import { LANES } from '../../../vm/program/isa.ts';
import { checkProgram, type LoadedProgram } from '../../../vm/program/loader.ts';
import { times } from '../../times.ts';
import { EXAMPLES } from '../programs.ts';

const TYPES = [TYPE.ram, TYPE.rom, TYPE.lut];

/** what sizes are read from, without a program of this size */
const sized = (ramLogSize: number, romWords: number, tableRows: number): LoadedProgram =>
  ({
    program: { ramLogSize, rom: { length: romWords * LANES } },
    table: { rows: tableRows },
    instructions: [],
  }) as unknown as LoadedProgram;

const rowsOf = (loaded: LoadedProgram, type: number): number => {
  const chip = CHIP_LIST[type]!;
  return chip.sizedBy === 'program' ? chip.rows(loaded) : 0;
};

/** what is wrong with the pages: nothing, if every row has its place */
function complaints(loaded: LoadedProgram, pages: readonly Page[]): string[] {
  const found: string[] = [];
  if (pages.some(({ type }, i) => type < (pages[i - 1]?.type ?? 0))) found.push('chips out of order');
  for (const type of TYPES) {
    let next = 0;
    for (const { first, logSize, base } of pages.filter((page) => page.type === type)) {
      if (first !== next) found.push(`row ${next} of type ${type} is not where the next page begins`);
      const chip = CHIP_LIST[type]!;
      if (base !== (chip.base && chip.base + first)) found.push(`base ${base} of type ${type}`);
      if (first > 0 && first >= rowsOf(loaded, type)) found.push(`a page of type ${type} without a row`);
      next = first + 2 ** logSize;
    }
    if (next < rowsOf(loaded, type)) found.push(`type ${type} ends before its rows`);
  }
  return found;
}

const program = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 2 ** 24 }), fc.integer({ min: 1, max: 2 ** 24 }));

describe('every row stands in one page', () => {
  test('whatever the sizes: in one tree, cut where that saves, or a tree a page', () => {
    fc.assert(
      fc.property(
        program,
        fc.boolean(),
        fc.option(fc.constantFrom(0, 1, 2 ** 26, Number.POSITIVE_INFINITY)),
        (sizes, repeatedChips, cells) => {
          const loaded = sized(...sizes);
          const options: PageOptions = { repeatedChips, ...(cells !== null && { oneTreeCells: cells }) };
          const pages = pagesOf(loaded, options);
          expect(complaints(loaded, pages)).toEqual([]);
          expect(pagesOf(loaded, options)).toEqual(pages);
          const trees = new Set(pages.map(({ page }) => page));
          expect([...trees]).toEqual(trees.size === 1 && pages.length > 1 ? [0] : pages.map((_, i) => i));
          if (trees.size === 1) for (const type of TYPES) expect(pages.filter((page) => page.type === type).length).toBeLessThanOrEqual(4);
        },
      ),
      { numRuns: times(300) },
    );
  });

  test('the check sees a page twice, a gap, a page less and a base of another row', () => {
    const loaded = sized(9, 70, 40);
    const pages = pagesOf(loaded, { repeatedChips: true, oneTreeCells: 0, pageLogSize: 4 });
    expect(complaints(loaded, pages)).toEqual([]);
    const last = pages.findLastIndex(({ type }) => type === TYPE.ram);
    for (const bad of [
      [pages[0]!, ...pages],
      pages.filter((_, i) => i !== 1),
      pages.filter((_, i) => i !== last),
      pages.map((page, i) => (i === 1 ? { ...page, base: page.base + 1 } : page)),
      [...pages].reverse(),
    ])
      expect(complaints(loaded, bad).length).toBeGreaterThan(0);
  });

  test('pages are full but for each chip’s last one, which is padded to a power of two', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 10, max: 20 }), (sizes, pageLogSize) => {
        const loaded = sized(...sizes);
        const pages = pagesOf(loaded, { repeatedChips: true, oneTreeCells: 0, pageLogSize });
        for (const type of TYPES) {
          const own = pages.filter((page) => page.type === type);
          expect(own.slice(0, -1).every(({ logSize }) => logSize === pageLogSize)).toBe(true);
          const rest = rowsOf(loaded, type) - own.at(-1)!.first;
          expect(own.at(-1)!.logSize).toBe(Math.max(1, Math.ceil(Math.log2(rest))));
        }
      }),
      { numRuns: times(50) },
    );
  });
});

describe('what a cut of one tree saves', () => {
  const cellsOf = (pages: readonly Page[], runs: number): number => {
    const highest = Math.max(runs, ...pages.map(({ logSize }) => logSize));
    return cellCount([...pages, instanceOf(TYPE.cpu, highest)]) - CHIP_COLUMNS[TYPE.cpu]! * 2 ** highest;
  };
  const sizesOf = (pages: readonly Page[], of: number): number[] => pages.filter(({ type }) => type === of).map(({ logSize }) => logSize);
  /** a run of so many cycles */
  const running = (loaded: LoadedProgram, cycles: number, opcode = 'SET'): LoadedProgram =>
    ({ ...loaded, instructions: [{ opcode, flags: [], values: { n: cycles } }] }) as unknown as LoadedProgram;

  test('a table that is higher than all other chips is cut down to them, as far as that is worth an instance', () => {
    const loaded = running(sized(11, 2 ** 12, 2 ** 15), 2 ** 10);
    const pages = pagesOf(loaded, { repeatedChips: true });
    expect([sizesOf(pages, TYPE.ram), sizesOf(pages, TYPE.rom), sizesOf(pages, TYPE.lut)]).toEqual([[11], [12], [13, 13, 13, 13]]);
    expect(cellsOf(pages, 10)).toBeLessThan(0.75 * cellsOf(pagesOf(loaded), 10));
  });

  test('nothing is cut below what a run fills, nor where the way through a program is not known before', () => {
    const sizes = sized(11, 2 ** 12, 2 ** 15);
    expect(sizesOf(pagesOf(running(sizes, 2 ** 15), { repeatedChips: true }), TYPE.lut)).toEqual([15]);
    expect(sizesOf(pagesOf(running(sizes, 2 ** 14), { repeatedChips: true }), TYPE.lut)).toEqual([14, 14]);
    expect(sizesOf(pagesOf(running(sizes, 2 ** 10, 'JNZ'), { repeatedChips: true }), TYPE.lut)).toEqual([15]);
  });

  test('it never costs cells, and a chip has four instances at most', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 1, max: 2 ** 20 }), (sizes, cycles) => {
        const loaded = running(sized(...sizes), cycles);
        const options: PageOptions = { repeatedChips: true, oneTreeCells: Number.POSITIVE_INFINITY };
        const pages = pagesOf(loaded, options);
        const runs = Math.ceil(Math.log2(cycles));
        expect(cellsOf(pages, runs)).toBeLessThanOrEqual(cellsOf(pagesOf(loaded, { oneTreeCells: Number.POSITIVE_INFINITY }), runs));
        for (const type of TYPES) expect(sizesOf(pages, type).length).toBeLessThanOrEqual(4);
      }),
      { numRuns: times(200) },
    );
  });
});

describe('columns of pages', () => {
  test.each(EXAMPLES.slice(0, 4).map((make) => make()))(
    '$name: side by side they are the columns of the chip, and no address is there twice',
    ({ program: plain }) => {
      const loaded = checkProgram(plain);
      const whole = fixedWitnesses(loaded);
      const pages = pagesOf(loaded, { repeatedChips: true, oneTreeCells: 0, pageLogSize: 4 });
      const cut = fixedWitnesses(loaded, pages);
      for (const { type, preprocessed, base } of whole) {
        const own = cut.filter((instance) => instance.type === type);
        expect(own.length).toBe(pages.filter((page) => page.type === type).length);
        const rows = rowsOf(loaded, type);
        for (const [c, column] of preprocessed.entries()) {
          // a RAM page counts from its base
          const joined = own.flatMap((page) => [...page.preprocessed[c]!].map((x) => x + page.base - base));
          const addresses = joined.slice(0, rows);
          expect(addresses).toEqual([...column.subarray(0, rows)]);
          if (c === 0 && type !== TYPE.lut) expect(new Set(joined).size).toBe(joined.length);
        }
      }
    },
  );

  test('the only tree needs no number, a page has the one of its tree', () => {
    const loaded = sized(9, 70, 40);
    expect(pagesOf(loaded).map((page) => 'page' in instanceOfPage(page))).toEqual([false, false, false]);
    const pages = pagesOf(loaded, { repeatedChips: true, oneTreeCells: 0 });
    expect(pages.map((page) => instanceOfPage(page).page)).toEqual([undefined, 1, 2]);
    expect(pages.map((page) => 'first' in instanceOfPage(page))).toEqual([false, false, false]);
  });
});
