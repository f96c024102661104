// Long work shows what it is at, short work and quiet work do not. Caveat: with a made-up clock.
import { describe, expect, it } from 'vitest';
import { withSignsOfLife } from '../../../cli/io/signs-of-life.ts';
import { type Talk, terminalOn } from '../../../cli/io/terminal.ts';

/** What is said of steps that begin at these milliseconds. */
function said(
  times: readonly number[],
  { interactive = false, quiet = false, fails = false, talk = 'normal' as Talk, name = (i: number) => `step ${i}` } = {},
): { text: string; result: unknown } {
  let [text, now] = ['', 0];
  const streams = {
    out: () => {},
    err: (part: string | Uint8Array) => {
      text += part;
    },
    interactive,
    outInteractive: false,
    debug: false,
  };
  const work = (progress: (step: string) => void): string => {
    for (const [i, time] of times.entries()) {
      now = time;
      progress(name(i));
    }
    if (fails) throw new Error('it failed');
    return 'done';
  };
  try {
    return { result: withSignsOfLife(terminalOn(streams, talk), quiet, work, () => now), text };
  } catch (error) {
    return { result: error, text };
  }
}

describe('signs of life', () => {
  it('come after some seconds, in a pipe a line now and then', () => {
    const { text, result } = said([10, 2900, 4000, 5000, 13_999, 14_000]);
    expect(text).toBe('compile: step 2, after 4.00 s\ncompile: step 5, after 14.00 s\n');
    expect(result).toBe('done');
  });

  it('rewrite their line on a terminal and clear it, also where the work fails', () => {
    for (const fails of [false, true]) {
      const { text, result } = said([4000, 4100, 4200], { interactive: true, fails });
      expect(text).toBe('\r\x1b[Kcompile: step 0, after 4.00 s\r\x1b[Kcompile: step 2, after 4.20 s\r\x1b[K');
      expect(result instanceof Error).toBe(fails);
    }
  });

  it('are none where the work is short, or nobody is to be told', () => {
    expect(said([10, 2999], { interactive: true }).text).toBe('');
    expect(said([4000, 50_000], { quiet: true }).text).toBe('');
    expect(said([4000, 50_000], { talk: 'quiet' }).text).toBe('');
  });

  it('say how much of a phase is left, from the share of it that is done; of another kind of step they cannot', () => {
    const share = (i: number): string => `calibration, ${i * 25} % of 8 samples`;
    expect(said([1000, 5000], { name: share }).text).toBe(
      'compile: calibration, 25 % of 8 samples, after 5.00 s, about 12.00 s of it left\n',
    );
    expect(said([1000, 5000], { name: (i) => (i ? 'instructions' : share(1)) }).text).toBe('compile: instructions, after 5.00 s\n');
  });

  it('are every step with --verbose, at once', () => {
    expect(said([1, 2], { talk: 'verbose', interactive: true }).text).toBe('compile: step 0, after 1 ms\ncompile: step 1, after 2 ms\n');
  });
});
