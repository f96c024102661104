// How large the outputs of a model are and how far they may be off, as its compile report says: for warnings, which need a measure.
// Source: compiler/report/stored.ts, which reads the whole report; here are two figures, and what cannot be read is not known.
// Caveat: it is a claim of whoever made the file, covered by no model id.

export interface Claims {
  /** largest error of an output relative to its largest value; 0 where nothing is said */
  error: number;
  /** largest values of outputs by name, where the report says them */
  sizes: ReadonlyMap<string, number>;
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined;

/** What the JSON of a report says. */
export function claimsOf(bytes: Uint8Array | undefined): Claims {
  const sizes = new Map<string, number>();
  let stored: unknown;
  try {
    stored = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array(0)));
  } catch {
    return { error: 0, sizes };
  }
  const report = isTable(stored) && isTable(stored.report) ? stored.report : {};
  const { accuracy, outputs } = report;
  for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
    if (!isTable(output) || typeof output.name !== 'string') continue;
    const [most, share] = [positive(output.maxError), positive(output.relativeError)];
    if (most !== undefined && share !== undefined) sizes.set(output.name, most / share);
  }
  return { error: (isTable(accuracy) && positive(accuracy.error)) || 0, sizes };
}
