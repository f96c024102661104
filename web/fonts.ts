// The typefaces without the weights that no style asks for, which are a third of their bytes: the letters stay. Source: OpenType variable fonts, cut by
// HarfBuzz (subset-font). Caveat: a style with another weight gets the nearest of these.
import subsetFont from 'subset-font';
import type { Plugin } from 'vite';

/** letters of the files, as Fontsource says of its Latin ones */
const LETTERS: readonly (readonly [from: number, to: number])[] = [
  [0x20, 0x7e],
  [0xa0, 0xff],
  [0x131, 0x131],
  [0x152, 0x153],
  [0x2bb, 0x2bc],
  [0x2c6, 0x2c6],
  [0x2da, 0x2da],
  [0x2dc, 0x2dc],
  [0x2000, 0x206f],
  [0x20ac, 0x20ac],
  [0x2122, 0x2122],
  [0x2191, 0x2193],
  [0x2212, 0x2215],
];
/** regular to bold, of headings to what the name of the page has */
const WEIGHTS: readonly (readonly [file: RegExp, least: number, most: number])[] = [
  [/source-sans/, 400, 700],
  [/source-serif/, 400, 640],
];

const letters = LETTERS.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))).join('');

export const fonts = (): Plugin => ({
  name: 'zkvm-fonts',
  apply: 'build',
  async generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      const [, least, most] = WEIGHTS.find(([name]) => name.test(file.fileName)) ?? [];
      if (file.type !== 'asset' || !file.fileName.endsWith('.woff2') || least === undefined || most === undefined) continue;
      const variationAxes = { wght: { min: least, max: most, default: least } };
      file.source = await subsetFont(Buffer.from(file.source), letters, { targetFormat: 'woff2', variationAxes });
    }
  },
});
