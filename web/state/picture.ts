// The models that are drawn, one and another beside it; they outlive a visit of the view. Caveat: a file that was read for its picture is forgotten by the
// worker as soon as the picture is there.
import { signal } from '@preact/signals';
import type { ModelPicture } from 'zkvm/compiler';
import { maker } from '../engine/engines.ts';
import type { ModelCard } from '../engine/questions.ts';

export type Side = 'first' | 'second';

export type SideState =
  | { kind: 'empty' }
  | { kind: 'busy'; number: number }
  | { kind: 'failed'; number: number; error: unknown }
  | { kind: 'drawn'; number: number; picture: ModelPicture };

export const sides = signal<Readonly<Record<Side, SideState>>>({ first: { kind: 'empty' }, second: { kind: 'empty' } });

let numbers = 0;

async function draw(side: Side, made: () => Promise<ModelPicture>): Promise<void> {
  const number = numbers++;
  // another first model ends a comparison
  const rest = side === 'first' ? { second: { kind: 'empty' } as const } : {};
  const set = (state: SideState): void => {
    sides.value = { ...sides.value, ...rest, [side]: state };
  };
  set({ kind: 'busy', number });
  const isLast = (): boolean => {
    const now = sides.value[side];
    return now.kind !== 'empty' && now.number === number;
  };
  try {
    const picture = await made();
    if (isLast()) set({ kind: 'drawn', number, picture });
  } catch (error) {
    if (isLast()) set({ kind: 'failed', number, error });
  }
}

export const lookAt = ({ key }: ModelCard): Promise<void> => draw('first', () => maker.ask('picture', { key }));

export const lookAtFile = (side: Side, zkb: Uint8Array): Promise<void> =>
  draw(side, async () => {
    const { key } = await maker.ask('load', { zkb });
    try {
      return await maker.ask('picture', { key });
    } finally {
      void maker.ask('forget', { key });
    }
  });
