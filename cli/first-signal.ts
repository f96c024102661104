// SIGTERM and SIGINT of a process that goes on until it is told to end, and ends in order: the first one is waited for, a second one ends it at once.
// Source: signal(7). Caveat: what ended at once left its work where it was; whoever has the queue gives it to others.
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof CODES;

/** The first signal resolves, a second one ends the process. What listened before (main.ts ends at once) listens again afterwards. */
export function firstSignal(): { signal: Promise<Signal>; restore: () => void } {
  const names = Object.keys(CODES) as Signal[];
  const before = names.map((name) => [name, process.listeners(name)] as const);
  let restore = (): void => {};
  const signal = new Promise<Signal>((resolve) => {
    let asked = false;
    const handler = (name: NodeJS.Signals): void => {
      if (asked) process.exit(CODES[name as Signal]);
      asked = true;
      resolve(name as Signal);
    };
    for (const name of names) {
      process.removeAllListeners(name);
      process.on(name, handler);
    }
    restore = () => {
      for (const [name, listeners] of before) {
        process.removeListener(name, handler);
        for (const listener of listeners) process.on(name, listener);
      }
    };
  });
  return { signal, restore };
}
