// The typefaces without the weights that no style asks for, and the serif without second forms of letters, which are a third of their bytes: the letters
// stay. Source: OpenType variable fonts, cut by HarfBuzz (subset-font). Caveat: a style with another weight gets the nearest of these; small capitals and
// figures that stand in columns are the sans-serif's alone.
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
interface Cut {
  file: RegExp;
  least: number;
  most: number;
  /** second forms of letters and figures */
  forms: boolean;
}

/** regular to bold, of headings to what the name of the page has */
const CUTS: readonly Cut[] = [
  { file: /source-sans/, least: 400, most: 700, forms: true },
  { file: /source-serif/, least: 400, most: 640, forms: false },
];

const letters = LETTERS.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))).join('');

export const fonts = (): Plugin => ({
  name: 'zkvm-fonts',
  apply: 'build',
  async generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      const cut = CUTS.find((one) => one.file.test(file.fileName));
      if (file.type !== 'asset' || !file.fileName.endsWith('.woff2') || !cut) continue;
      const { least, most, forms } = cut;
      const variationAxes = { wght: { min: least, max: most, default: least } };
      file.source = await subsetFont(Buffer.from(file.source), letters, { targetFormat: 'woff2', variationAxes, noLayoutClosure: !forms });
    }
  },
});
