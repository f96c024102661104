// `--profile-out`: what a command did when, as a Chrome trace (chrome://tracing, ui.perfetto.dev): one complete event a step.
// Source: the Trace Event Format, "X" and "M" events. Caveat: steps are timed where they end, on the calling thread; what worker threads do
// inside a step is not shown. What a GPU did, kernel by kernel, is a second row, as near to the first as a round trip tells.

interface Span {
  name: string;
  /** since the clock started */
  startMs: number;
  ms: number;
}

/** rows of the picture */
const ROW = { host: 1, device: 2 } as const;

export interface Spans {
  /** a step that ends now and took `ms` */
  ended(name: string, ms: number): void;
  /** something that a GPU did; `startMs` on the clock of performance.now() */
  onDevice(name: string, startMs: number, ms: number): void;
  /** the trace as JSON, with facts about the whole */
  toJson(about: Readonly<Record<string, string | number>>): string;
}

const MICROSECONDS = 1000;

/** Starts the clock; `title` names the whole in the picture. */
export function startSpans(title: string): Spans {
  const origin = performance.now();
  const spans: Span[] = [];
  const device: Span[] = [];
  const event = ({ name, startMs, ms }: Span, tid: number): object => ({
    name,
    cat: 'zkvm',
    ph: 'X',
    ts: Math.round(startMs * MICROSECONDS),
    dur: Math.round(ms * MICROSECONDS),
    pid: 1,
    tid,
  });
  const named = (what: string, tid: number, name: string): object => ({ name: what, ph: 'M', pid: 1, tid, args: { name } });
  return {
    ended: (name, ms) => void spans.push({ name, startMs: Math.max(0, performance.now() - origin - ms), ms }),
    onDevice: (name, startMs, ms) => void device.push({ name, startMs: Math.max(0, startMs - origin), ms }),
    toJson: (about) =>
      `${JSON.stringify({
        traceEvents: [
          named('process_name', ROW.host, 'zkvm'),
          ...(device.length ? [named('thread_name', ROW.host, 'protocol'), named('thread_name', ROW.device, 'GPU')] : []),
          event({ name: title, startMs: 0, ms: performance.now() - origin }, ROW.host),
          ...spans.map((span) => event(span, ROW.host)),
          ...device.map((span) => event(span, ROW.device)),
        ],
        displayTimeUnit: 'ms',
        otherData: about,
      })}\n`,
  };
}
