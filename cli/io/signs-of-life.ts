// What a long computation is at, for work that says its steps but not how many there will be: nothing in the first seconds, then the step on a
// rewritten line of a terminal, or a plain line now and then in a pipe. Caveat: a step that takes long says nothing until it ends.
import { formatMs, type Terminal } from './terminal.ts';

/** what takes less needs no signs of life */
const QUIET_MS = 3000;
/** between two lines */
const PAUSE_MS = { interactive: 200, plain: 10_000 } as const;

/** `calibration, 40 % of 20 samples`: a phase, and the share of it that is done */
const SHARED = /^([^,]*), (\d+) %/;

/** How long a phase that says its share will go on, from the time that the share took. */
function remaining(phaseMs: number, percent: number): string {
  return percent > 0 && percent < 100 ? `, about ${formatMs((phaseMs * (100 - percent)) / percent)} of it left` : '';
}

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
  const every = terminal.talk === 'verbose';
  const pause = every ? 0 : terminal.interactive ? PAUSE_MS.interactive : PAUSE_MS.plain;
  let said: number | undefined;
  let [phase, phaseStarted] = ['', started];
  try {
    return work((step) => {
      const now = clock();
      const [, name = step, percent = '0'] = SHARED.exec(step) ?? [];
      if (name !== phase) [phase, phaseStarted] = [name, now];
      if (quiet || terminal.talk === 'quiet') return;
      if (!every && (now - started < QUIET_MS || (said !== undefined && now - said < pause))) return;
      said = now;
      const line = `compile: ${step}, after ${formatMs(now - started)}${remaining(now - phaseStarted, Number(percent))}`;
      if (terminal.interactive && !every) terminal.rewrite(line);
      else terminal.say(line);
    });
  } finally {
    if (terminal.interactive && !every && said !== undefined) terminal.rewrite('');
  }
}
