// Lines of the log: one JSON object each, on standard error. Source: ours; time, level and event stand in every line.
// Caveat: inputs, outputs and keys are never logged.
import { printableJson } from '../io/printable.ts';

export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function logTo(write: (line: string) => void, clock: () => Date = () => new Date()): Log {
  const line = (level: string, event: string, fields: Readonly<Record<string, unknown>> = {}): void =>
    write(printableJson({ time: clock().toISOString(), level, event, ...fields }));
  return {
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, fields) => line('error', event, fields),
  };
}
