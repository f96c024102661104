// The picture in a report, of this page or of another file. Source: the element that `zkvm compile --report` fills. Caveat: of another file it may be
// anything, so every part that is drawn has its form, or there is no picture.
import type { ModelPicture } from 'zkvm/compiler';

const ID = 'picture';

type Form = 'text' | 'number' | 'numbers' | 'any' | readonly [Form] | { readonly [key: string]: Form };

const COUNTS = { from: 'number', to: 'number', float: 'numbers', integer: 'numbers' } as const;
const FORM: Form = {
  name: 'text',
  profile: 'text',
  cells: 'number',
  proofBytes: 'number',
  'samples?': 'number',
  'countedSamples?': 'number',
  'accuracy?': { target: 'number', error: 'number' },
  notes: ['text'],
  nodes: [
    {
      kind: 'text',
      name: 'text',
      parts: [{ operator: 'text', name: 'text', 'index?': 'number' }],
      reads: 'numbers',
      cells: 'number',
      'shape?': 'numbers',
      'integers?': 'numbers',
      'scale?': 'number',
      'bits?': 'number',
      'declared?': 'text',
      'error?': 'number',
      'ownError?': 'number',
      'saturated?': 'number',
      'largestWeight?': 'number',
      'accumulatorBits?': 'number',
      'divisor?': 'number',
      'sameArgmax?': 'number',
      'worstSample?': 'number',
      'copies?': [{ kind: 'text', elements: 'number' }],
      'values?': { ...COUNTS, worst: { sample: 'number', index: 'number', float: 'number', integer: 'number' } },
    },
  ],
  chips: [{ chip: 'text', cells: 'number', columns: { fixed: 'number', trace: 'number', lookups: 'number' }, logSizes: 'numbers' }],
  owned: [{ chip: 'text', owner: 'any', rows: 'number', cells: 'number', lookupCells: 'number' }],
  tables: [{ name: 'text', intervals: 'number' }],
};

function fits(value: unknown, form: Form): boolean {
  if (form === 'text') return typeof value === 'string';
  if (form === 'number') return Number.isFinite(value);
  if (form === 'numbers') return Array.isArray(value) && value.every(Number.isFinite);
  if (form === 'any') return true;
  if (Array.isArray(form)) return Array.isArray(value) && value.every((one) => fits(one, form[0]));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(form as { readonly [key: string]: Form }).every(([marked, inner]) => {
    const key = marked.replace(/\?$/, '');
    const own = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    return own === undefined ? key !== marked : fits(own, inner);
  });
}

const OWNERS: readonly unknown[] = ['shared', 'padding', 'proof'];

/** @returns undefined where there is none, or one of another form */
export function pictureOfText(text: string): ModelPicture | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!fits(value, FORM)) return undefined;
    const picture = value as ModelPicture;
    const isPlace = (place: unknown, most: number): boolean =>
      Number.isInteger(place) && (place as number) >= 0 && (place as number) < most;
    const { nodes, owned } = picture;
    const fitsPlaces =
      nodes.every(({ kind, reads }, i) => ['input', 'node', 'output'].includes(kind) && reads.every((from) => isPlace(from, i))) &&
      owned.every(({ owner }) => OWNERS.includes(owner) || isPlace(owner, nodes.length));
    return fitsPlaces ? picture : undefined;
  } catch {
    return undefined;
  }
}

export const pictureIn = (page: Document): ModelPicture | undefined => pictureOfText(page.getElementById(ID)?.textContent ?? '');
