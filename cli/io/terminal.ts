// Where a command talks to: data on stdout, talk on stderr, progress that rewrites its line on a terminal and prints plain lines in a pipe.
// Text comes in lines, and whatever acts on a terminal is escaped in each: a name in a file can neither steer it nor forge a line.
// Source: the Unix convention. Caveat: commands get a Terminal as an argument and never touch `process`, so that tests can capture all of it.
import { usage } from '../../fri/core/errors.ts';
import { printable, printableJson } from './printable.ts';
import { processStreams, type Streams } from './streams.ts';

/** The outside world of one command. */
export interface Terminal {
  /** data for people, a text a line */
  out(lines: string | readonly string[]): void;
  /** data for programs: one JSON object on a line */
  json(value: unknown): void;
  /** an artifact as it is. @throws ZK0821 where stdout is a terminal */
  artifact(bytes: Uint8Array): void;
  /** errors and warnings, a text a line */
  err(lines: string | readonly string[]): void;
  /** what goes on and what comes next, a text a line; not with --quiet */
  say(lines: string | readonly string[]): void;
  /** what only --verbose shows, a text a line */
  detail(lines: string | readonly string[]): void;
  /** replaces the line that stderr stands in; nothing clears it */
  rewrite(line: string): void;
  /** stderr is a terminal: progress may rewrite its line */
  interactive: boolean;
  /** how much is said on stderr */
  talk: Talk;
  /** print stack traces (ZKVM_DEBUG or --verbose) */
  debug: boolean;
}

/** --quiet: errors and warnings; --verbose: every step, and where an error came from */
export type Talk = 'quiet' | 'normal' | 'verbose';

const linesOf = (lines: string | readonly string[]): string =>
  (typeof lines === 'string' ? [lines] : lines).map((line) => `${printable(line)}\n`).join('');

/** A terminal that writes to these streams. */
export const terminalOn = ({ out, err, interactive, outInteractive, debug }: Streams, talk: Talk = 'normal'): Terminal => ({
  out: (lines) => out(linesOf(lines)),
  json: (value) => out(`${printableJson(value)}\n`),
  artifact: (bytes) => {
    if (outInteractive)
      throw usage('ZK0821', { what: 'an artifact is not written to a terminal', fix: 'name a file, or send the output to one with >' });
    out(bytes);
  },
  err: (lines) => err(linesOf(lines)),
  say: (lines) => {
    if (talk !== 'quiet') err(linesOf(lines));
  },
  detail: (lines) => {
    if (talk === 'verbose') err(linesOf(lines));
  },
  rewrite: (line) => err(`\r\x1b[K${printable(line)}`),
  interactive,
  talk,
  debug: debug || talk === 'verbose',
});

/** The terminal of this process. */
export const processTerminal = (talk: Talk = 'normal'): Terminal => terminalOn(processStreams(), talk);

/** A progress line with a name, steps, their times and how many cells a second went through them. */
export interface Progress {
  step(name: string, ms: number, cells?: number): void;
  /** clears the rewritten line, or does nothing in a pipe */
  end(): void;
}

/** `12.3 M cells/s` */
const rate = (cells: number, ms: number): string => `${(cells / Math.max(ms, 1) / 1000).toFixed(1)} M cells/s`;

const seconds = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** Progress of `total` steps. */
export function startProgress(terminal: Terminal, title: string, total: number): Progress {
  let done = 0;
  if (terminal.talk === 'quiet') return { step: () => {}, end: () => {} };
  return {
    step(name, ms, cells) {
      done = Math.min(done + 1, total);
      const time = ` ${seconds(ms)}${cells === undefined ? '' : `, ${rate(cells, ms)}`}`;
      if (!terminal.interactive) return terminal.say(`${title}: ${name}${time}`);
      const width = 24;
      const filled = Math.round((done / total) * width);
      terminal.rewrite(`${title} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${name}${time}`);
    },
    end() {
      if (terminal.interactive) terminal.rewrite('');
    },
  };
}

/** Lets signals in: a handler runs only when the event loop turns, and the provers' promises never turn it themselves. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export { rate as formatRate, seconds as formatMs };

/** `1,234,567` */
export const formatCount = (n: number): string => n.toLocaleString('en-US');
