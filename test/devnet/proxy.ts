// A node between a command and the devnet that goes wrong at one question: it hangs, dies after it has passed the question on, or lies. Everything else is
// the devnet's own answer. Caveat: it dies for good.
import { type RpcServer, rpcServer } from '../contracts/client/rpc-server.ts';

/** What it does instead of answering as the devnet does. */
export type Fault = 'hangs' | 'dies' | { says: unknown };

/** Starts one before a node that does this at these questions. */
export function proxy(node: string, faults: Readonly<Record<string, Fault>>): Promise<RpcServer> {
  let dead = false;
  return rpcServer(async ({ id, method }, body) => {
    const fault = dead ? 'dies' : faults[method];
    if (fault === 'hangs') return { not: 'silence' };
    if (typeof fault === 'object') return JSON.stringify({ jsonrpc: '2.0', id, result: fault.says });
    const passed = dead ? '' : await (await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text();
    dead ||= fault === 'dies';
    return dead ? { not: 'cut' } : passed;
  });
}
