// Numbers of the service as Prometheus reads them: counters and histograms that are added to, gauges that are asked for when they are read.
// Source: prometheus.io, "Exposition formats", text format 0.0.4. Caveat: counters start at zero with the process; the database knows all jobs.

export type Labels = Readonly<Record<string, string>>;

/** seconds */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length ? `{${pairs.join(',')}}` : '';
};

interface Histogram {
  labels: Labels;
  counts: number[];
  sum: number;
  count: number;
}

export interface Gauge {
  name: string;
  help: string;
  values: readonly (readonly [Labels, number])[];
}

export interface Metrics {
  count(name: string, help: string, labels?: Labels): void;
  observe(name: string, help: string, seconds: number, labels?: Labels): void;
  /** the page, with gauges of this moment */
  text(gauges: readonly Gauge[]): string;
}

export function startMetrics(): Metrics {
  const counters = new Map<string, { help: string; values: Map<string, { labels: Labels; value: number }> }>();
  const histograms = new Map<string, { help: string; values: Map<string, Histogram> }>();
  const head = (name: string, help: string, type: string): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  return {
    count(name, help, labels = {}) {
      const family = counters.get(name) ?? { help, values: new Map() };
      counters.set(name, family);
      const key = labelText(labels);
      const { value } = family.values.get(key) ?? { value: 0 };
      family.values.set(key, { labels, value: value + 1 });
    },
    observe(name, help, seconds, labels = {}) {
      const family = histograms.get(name) ?? { help, values: new Map<string, Histogram>() };
      histograms.set(name, family);
      const key = labelText(labels);
      const histogram = family.values.get(key) ?? { labels, counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      family.values.set(key, histogram);
      for (const [i, bound] of BUCKETS.entries()) if (seconds <= bound) histogram.counts[i]!++;
      histogram.sum += seconds;
      histogram.count++;
    },
    text(gauges) {
      const lines: string[] = [];
      for (const [name, { help, values }] of counters) {
        lines.push(...head(name, help, 'counter'));
        for (const { labels, value } of values.values()) lines.push(`${name}${labelText(labels)} ${value}`);
      }
      for (const [name, { help, values }] of histograms) {
        lines.push(...head(name, help, 'histogram'));
        for (const { labels, counts, sum, count } of values.values()) {
          for (const [i, bound] of BUCKETS.entries())
            lines.push(`${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[i]}`);
          lines.push(`${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`);
          lines.push(`${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${count}`);
        }
      }
      for (const { name, help, values } of gauges) {
        lines.push(...head(name, help, 'gauge'));
        for (const [labels, value] of values) lines.push(`${name}${labelText(labels)} ${value}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
