// `--profile-out`: what a command did when, as a Chrome trace (chrome://tracing, ui.perfetto.dev): one complete event a step.
// Source: the Trace Event Format, "X" and "M" events. Caveat: steps are timed where they end, on the calling thread; what worker threads do
// inside a step is not shown.

interface Span {
  name: string;
  startMs: number;
  ms: number;
}

export interface Spans {
  /** a step that ends now and took `ms` */
  ended(name: string, ms: number): void;
  /** the trace as JSON, with facts about the whole */
  toJson(about: Readonly<Record<string, string | number>>): string;
}

const MICROSECONDS = 1000;

/** Starts the clock; `title` names the whole in the picture. */
export function startSpans(title: string): Spans {
  const origin = performance.now();
  const spans: Span[] = [];
  const event = ({ name, startMs, ms }: Span): object => ({
    name,
    cat: 'zkvm',
    ph: 'X',
    ts: Math.round(startMs * MICROSECONDS),
    dur: Math.round(ms * MICROSECONDS),
    pid: 1,
    tid: 1,
  });
  return {
    ended: (name, ms) => void spans.push({ name, startMs: Math.max(0, performance.now() - origin - ms), ms }),
    toJson: (about) =>
      `${JSON.stringify({
        traceEvents: [
          { name: 'process_name', ph: 'M', pid: 1, tid: 1, args: { name: 'zkvm' } },
          event({ name: title, startMs: 0, ms: performance.now() - origin }),
          ...spans.map(event),
        ],
        displayTimeUnit: 'ms',
        otherData: about,
      })}\n`,
  };
}
