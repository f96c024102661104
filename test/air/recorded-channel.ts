// What a channel is asked for while something runs, for the tests that say the transcript once more from PCS.md §9.
// Caveat: it spies on the class, so whoever uses it restores all mocks afterwards.
import { vi } from 'vitest';
import { Channel } from '../../fri/core/channel.ts';

/** a message as [tag, words], a draw, a copy */
export type TranscriptEvent = [number, number[]] | 'felt' | 'positions' | 'copy';

/** every message and every draw while `act` runs, in order */
export async function recorded(act: () => unknown): Promise<TranscriptEvent[]> {
  const events: TranscriptEvent[] = [];
  const { absorb, drawFelt, drawPositions, fork } = Channel.prototype;
  vi.spyOn(Channel.prototype, 'absorb').mockImplementation(function (this: Channel, tag, words) {
    events.push([tag, Array.from(words)]);
    absorb.call(this, tag, words);
  });
  vi.spyOn(Channel.prototype, 'drawFelt').mockImplementation(function (this: Channel) {
    events.push('felt');
    return drawFelt.call(this);
  });
  vi.spyOn(Channel.prototype, 'drawPositions').mockImplementation(function (this: Channel, count, bits) {
    events.push('positions');
    return drawPositions.call(this, count, bits);
  });
  vi.spyOn(Channel.prototype, 'fork').mockImplementation(function (this: Channel) {
    events.push('copy');
    return fork.call(this);
  });
  await act();
  vi.restoreAllMocks();
  return events;
}
