// What a command tells the thread that started it, which clears up when a signal comes. Source: cli/thread.ts, which listens.
// Caveat: nobody listens where a command runs in its caller's thread; whoever ends that clears up for itself.

/** a temporary file that is about to be there, or is not any more; a native driver that is in use; at last the exit code */
export type Report = { file: string; exists: boolean } | { native: boolean } | { code: number };

let owner: (report: Report) => void = () => {};

/** From now on this hears what is told. */
export function setOwner(listen: (report: Report) => void): void {
  owner = listen;
}

export const tellOwner = (report: Report): void => owner(report);
