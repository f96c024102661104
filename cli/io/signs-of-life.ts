// What a long computation is at, for work that says its steps but not how many there will be: nothing in the first seconds, then the step on a
// rewritten line of a terminal, or a plain line now and then in a pipe. Caveat: a step that takes long says nothing until it ends.
import { formatMs, type Terminal } from './terminal.ts';

/** what takes less needs no signs of life */
const QUIET_MS = 3000;
/** between two lines */
const PAUSE_MS = { interactive: 200, plain: 10_000 } as const;

/**
 * Does work that says its steps.
 * @param work gets what is called before each step, as often as it likes
 * @param quiet says nothing
 * @param clock milliseconds
 */
export function withSignsOfLife<T>(
  terminal: Terminal,
  quiet: boolean,
  work: (progress: (step: string) => void) => T,
  clock: () => number = () => performance.now(),
): T {
  const started = clock();
  const pause = terminal.interactive ? PAUSE_MS.interactive : PAUSE_MS.plain;
  let said: number | undefined;
  try {
    return work((step) => {
      const now = clock();
      if (quiet || now - started < QUIET_MS || (said !== undefined && now - said < pause)) return;
      said = now;
      const line = `compile: ${step}, after ${formatMs(now - started)}`;
      if (terminal.interactive) terminal.rewrite(line);
      else terminal.err(line);
    });
  } finally {
    if (terminal.interactive && said !== undefined) terminal.rewrite('');
  }
}
