// Who proves what to whom, as three figures with arrows between them. Caveat: a picture for who is new; it says nothing that the words do not.
import type { ComponentChildren } from 'preact';
import { TEXT } from '../../text.ts';

const FIGURES: Readonly<Record<'you' | 'proof' | 'anybody', ComponentChildren>> = {
  you: (
    <>
      <circle cx="24" cy="15" r="6.5" />
      <path d="M11 40c0-9 5.5-14 13-14s13 5 13 14" />
    </>
  ),
  proof: (
    <>
      <path d="M13 6h16l7 7v29H13z" />
      <path d="M29 6v7h7" />
      <path class="story-mark" d="M18.5 27l4.2 4.3 7.6-8.3" />
    </>
  ),
  anybody: (
    <>
      <circle cx="17" cy="17" r="5" />
      <circle cx="32" cy="17" r="5" />
      <path d="M7 39c0-7 4-11.5 10-11.5S27 32 27 39M26.5 29c1.500-1 3.400-1.500 5.500-1.500 6 0 10 4.500 10 11.500" />
    </>
  ),
};

export function Story() {
  return (
    <ol class="story" aria-label={TEXT.story.label}>
      {(['you', 'proof', 'anybody'] as const).map((name) => (
        <li key={name}>
          <svg viewBox="0 0 48 48" aria-hidden="true">
            {FIGURES[name]}
          </svg>
          <p>
            <strong>{TEXT.story[name].who}</strong> {TEXT.story[name].does}
          </p>
        </li>
      ))}
    </ol>
  );
}
