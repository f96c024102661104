// `--profile-out`: what a command did when, as a Chrome trace (chrome://tracing, ui.perfetto.dev): one complete event a step, steps inside the
// proof that they belong to, proofs inside the whole; what a GPU and each worker thread did on tracks of their own; the memory of the process as a
// counter. Source: the Trace Event Format, "X", "C" and "M" events. Caveat: steps are timed where they end, on the calling thread, which works
// beside the others all the time, and memory is looked at only there.

interface Span {
  name: string;
  /** since the clock started */
  startMs: number;
  endMs: number;
}

/** row of the calling thread; other tracks follow */
const HOST = 1;

export interface Spans {
  /** a step that ends now; it began where the one before it ended, so that no moment is without a name */
  ended(name: string): void;
  /** everything since the last call of this, or the start, was this */
  group(name: string): void;
  /** something that a GPU or another thread did; `startMs` on the clock of performance.now() */
  onTrack(track: string, name: string, startMs: number, ms: number): void;
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
  const tracks = new Map<string, Span[]>();
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
    onTrack: (track, name, startMs, ms) => {
      const its = tracks.get(track) ?? [];
      tracks.set(track, its);
      const from = Math.max(its.at(-1)?.endMs ?? 0, startMs - origin);
      its.push({ name, startMs: from, endMs: Math.max(from, startMs - origin + ms) });
    },
    toJson: (about) => {
      const rows = [...tracks].map(([name, its], i) => ({ name, its, tid: HOST + 1 + i }));
      const endMs = Math.max(now(), ...rows.map(({ its }) => its.at(-1)?.endMs ?? 0));
      return `${JSON.stringify({
        traceEvents: [
          named('process_name', HOST, 'zkvm'),
          named('thread_name', HOST, 'protocol'),
          ...rows.map(({ name, tid }) => named('thread_name', tid, name)),
          event({ name: title, startMs: 0, endMs }, HOST),
          ...groups.map((span) => event(span, HOST)),
          ...spans.map((span) => event(span, HOST)),
          ...rows.flatMap(({ its, tid }) => its.map((span) => event(span, tid))),
          ...memory.map(({ atMs, bytes }) => ({ name: 'memory', ph: 'C', ts: Math.round(atMs * MICROSECONDS), pid: 1, args: { bytes } })),
        ],
        displayTimeUnit: 'ms',
        otherData: about,
      })}\n`;
    },
  };
}
