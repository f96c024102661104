// Typed errors across threads: as plain objects there, as errors again here. Source: ours; a structured clone keeps no class.
// Caveat: causes and stack traces stay behind, so a bug's stack is logged where it happens.
import { ZkvmError } from '../../fri/core/errors.ts';
import type { ErrorBody } from './status.ts';

/** what ends a job that nobody wants any more, wherever it is made */
export const cancelledError = (): ZkvmError => new ZkvmError('interrupted', 'ZK0922', { what: 'the job was cancelled' });

export function errorOf({ kind, code, what, where, why, fix }: ErrorBody): ZkvmError {
  const detail = { what, ...(where !== null && { where }), ...(why !== null && { why }), ...(fix !== null && { fix }) };
  return new ZkvmError(...([kind, code, detail] as ConstructorParameters<typeof ZkvmError>));
}
