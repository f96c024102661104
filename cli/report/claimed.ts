// What the compile report inside a `.zkb` says about accuracy, for the commands that run and verify. Source: compiler/report/stored.ts.
// Caveat: it is a claim of whoever made the file, covered by no model id and proved by nothing; a report that cannot be read changes no verdict.
import { decodeReport, type StoredReport } from '../../compiler/report/stored.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { missLines } from './accuracy.ts';

/** beside the figures in --json, for readers who see only that */
export const REPORT_IS = 'what the file itself says; covered by no model id and proved by nothing';

/** The report, undefined where there is none that can be read. */
export function claimedReport(bytes: Uint8Array): StoredReport | undefined {
  if (bytes.length === 0) return undefined;
  try {
    return decodeReport(bytes);
  } catch (error) {
    if (error instanceof ZkvmError) return undefined;
    throw error;
  }
}

/** a line about an error that was taken knowingly, none where the target is met or nothing is said */
export function claimLines(bytes: Uint8Array): string[] {
  const stored = claimedReport(bytes);
  if (!stored) return bytes.length ? ['the compile report in the model cannot be read: nothing is known of its accuracy'] : [];
  return missLines(stored.report, stored.samples).map((line) => `${line} (${REPORT_IS})`);
}

/** fields of a JSON object */
export function claimJson(bytes: Uint8Array): Record<string, unknown> {
  const stored = claimedReport(bytes);
  if (!stored) return { claimedAccuracy: null };
  const { samples, report } = stored;
  const outputs = report.outputs.map(({ name, relativeError, channelError, sameArgmax }) => ({
    name,
    relativeError,
    channelError,
    sameArgmax,
  }));
  return { claimedAccuracy: { ...report.accuracy, samples, outputs, is: REPORT_IS } };
}
