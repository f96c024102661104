// What an action says: its typed error, if it has one. Caveat: any other error goes on, to fail the test.
import { ZkvmError } from '../fri/core/errors.ts';

export function failure(action: () => unknown): ZkvmError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof ZkvmError) return error;
    throw error;
  }
  return undefined;
}

/** the code of the error, or that there is none */
export const code = (action: () => unknown): string => failure(action)?.code ?? 'accepted';

/** the error that the action must end in */
export function refusal(action: () => unknown): ZkvmError {
  const error = failure(action);
  if (!error) throw new Error('it was not refused');
  return error;
}
