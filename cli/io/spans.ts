// `--profile-out`: what a command did when, as a Chrome trace (chrome://tracing, ui.perfetto.dev): one complete event a step, steps inside the
// proof that they belong to, proofs inside the whole; what a GPU did on a track of its own; the memory of the process as a counter.
// Source: the Trace Event Format, "X", "C" and "M" events. Caveat: steps are timed where they end, on the calling thread, and memory is looked
// at only there; worker threads compute inside a step and are not shown one by one.

interface Span {
  name: string;
  /** since the clock started */
  startMs: number;
  endMs: number;
}

/** rows of the picture */
const ROW = { host: 1, device: 2 } as const;

export interface Spans {
  /** a step that ends now; it began where the one before it ended, so that no moment is without a name */
  ended(name: string): void;
  /** everything since the last call of this, or the start, was this */
  group(name: string): void;
  /** something that a GPU did; `startMs` on the clock of performance.now() */
  onDevice(name: string, startMs: number, ms: number): void;
  /** the trace as JSON, with facts about the whole */
  toJson(about: Readonly<Record<string, string | number>>): string;
}

const MICROSECONDS = 1000;

/** Starts the clock; `title` names the whole in the picture. */
export function startSpans(title: string, memoryBytes: () => number = () => process.memoryUsage.rss()): Spans {
  const origin = performance.now();
  const now = (): number => performance.now() - origin;
  const spans: Span[] = [];
  const groups: Span[] = [];
  const device: Span[] = [];
  const memory: { atMs: number; bytes: number }[] = [];
  let last = 0;
  // both ends are rounded, and a length is their difference: lengths that are rounded overlap their neighbours
  const event = ({ name, startMs, endMs }: Span, tid: number): object => {
    const ts = Math.round(startMs * MICROSECONDS);
    return { name, cat: 'zkvm', ph: 'X', ts, dur: Math.round(endMs * MICROSECONDS) - ts, pid: 1, tid };
  };
  const named = (what: string, tid: number, name: string): object => ({ name: what, ph: 'M', pid: 1, tid, args: { name } });
  const sample = (): void => void memory.push({ atMs: now(), bytes: memoryBytes() });
  sample();
  return {
    ended: (name) => {
      const endMs = now();
      spans.push({ name, startMs: last, endMs });
      last = endMs;
      sample();
    },
    group: (name) => void groups.push({ name, startMs: groups.at(-1)?.endMs ?? 0, endMs: last }),
    // two clocks meet here: what is not in order is put in order
    onDevice: (name, startMs, ms) => {
      const from = Math.max(device.at(-1)?.endMs ?? 0, startMs - origin);
      device.push({ name, startMs: from, endMs: Math.max(from, startMs - origin + ms) });
    },
    toJson: (about) => {
      const endMs = Math.max(now(), device.at(-1)?.endMs ?? 0);
      return `${JSON.stringify({
        traceEvents: [
          named('process_name', ROW.host, 'zkvm'),
          named('thread_name', ROW.host, 'protocol'),
          ...(device.length ? [named('thread_name', ROW.device, 'GPU')] : []),
          event({ name: title, startMs: 0, endMs }, ROW.host),
          ...groups.map((span) => event(span, ROW.host)),
          ...spans.map((span) => event(span, ROW.host)),
          ...device.map((span) => event(span, ROW.device)),
          ...memory.map(({ atMs, bytes }) => ({ name: 'memory', ph: 'C', ts: Math.round(atMs * MICROSECONDS), pid: 1, args: { bytes } })),
        ],
        displayTimeUnit: 'ms',
        otherData: about,
      })}\n`;
    },
  };
}
