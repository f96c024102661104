// A WebAssembly module of this thread's own, compiled at first use: no workers, no shared memory. Caveat: it stays for as long as the thread does.
import type { ModuleBuilder } from './module.ts';

/** The functions of a module on a memory. */
export function exportsOf(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): WebAssembly.Exports {
  const scratch = new WebAssembly.Global({ value: 'i32' }, 0);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, scratch } }).exports;
}

/**
 * What makes one thing of a module when it is first asked for, and gives the same one ever after.
 * @returns undefined where there is no WebAssembly with SIMD, or no room for its memory
 */
export function ownModule<T>(build: () => ModuleBuilder, make: (bytes: Uint8Array<ArrayBuffer>) => T): () => T | undefined {
  let made: { own: T | undefined } | undefined;
  return () => {
    if (made) return made.own;
    made = { own: undefined };
    const bytes = build().toBytes(false);
    const possible = typeof WebAssembly === 'object' && WebAssembly.validate(bytes);
    try {
      if (possible) made.own = make(bytes);
    } catch {
      // no room for its memory
    }
    return made.own;
  };
}
