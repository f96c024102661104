// Where a command talks to: data on stdout, talk on stderr, progress that rewrites its line on a terminal and prints plain lines in a pipe.
// Source: the Unix convention. Caveat: commands get a Terminal as an argument and never touch `process`, so that tests can capture all of it.

/** The outside world of one command. */
export interface Terminal {
  /** data; bytes for artifacts on standard output */
  out(chunk: string | Uint8Array): void;
  /** talk */
  err(text: string): void;
  /** stderr is a terminal: progress may rewrite its line */
  interactive: boolean;
  /** print stack traces (ZKVM_DEBUG) */
  debug: boolean;
}

/** The terminal of this process. */
export const processTerminal = (): Terminal => ({
  out: (chunk) => void process.stdout.write(chunk),
  err: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY === true,
  debug: Boolean(process.env.ZKVM_DEBUG),
});

/** A progress line with a name, steps, their times and how many cells a second went through them. */
export interface Progress {
  step(name: string, ms: number, cells?: number): void;
  /** clears the rewritten line, or does nothing in a pipe */
  end(): void;
}

/** `12.3 M cells/s` */
const rate = (cells: number, ms: number): string => `${(cells / Math.max(ms, 1) / 1000).toFixed(1)} M cells/s`;

const seconds = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** Progress of `total` steps; a quiet one says nothing. */
export function startProgress(terminal: Terminal, title: string, total: number, quiet = false): Progress {
  let done = 0;
  if (quiet) return { step: () => {}, end: () => {} };
  return {
    step(name, ms, cells) {
      done = Math.min(done + 1, total);
      const time = ` ${seconds(ms)}${cells === undefined ? '' : `, ${rate(cells, ms)}`}`;
      if (!terminal.interactive) return terminal.err(`${title}: ${name}${time}\n`);
      const width = 24;
      const filled = Math.round((done / total) * width);
      terminal.err(`\r\x1b[K${title} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${name}${time}`);
    },
    end() {
      if (terminal.interactive) terminal.err('\r\x1b[K');
    },
  };
}

/** Lets signals in: a handler runs only when the event loop turns, and the provers' promises never turn it themselves. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** one JSON object and a line end */
export const printJson = (terminal: Terminal, value: unknown): void => terminal.out(`${JSON.stringify(value)}\n`);

export { rate as formatRate, seconds as formatMs };

/** `1,234,567` */
export const formatCount = (n: number): string => n.toLocaleString('en-US');
