// `zkvm doctor`: what this machine offers to a prover, and what `auto` would choose and why. Source: DESIGN §9.
// Caveat: what `auto` chooses for one proof depends on its size too.

import os from 'node:os';
import { AUTO, BACKENDS } from '../gpu/backends.ts';
import type { Availability, BackendKind } from '../gpu/kind/kind.ts';
import { selectBackend } from '../gpu/select.ts';
import { availableThreads } from '../gpu/wasm/pool.ts';
import { availableBytes } from '../vm/estimate/memory.ts';
import type { Command } from './commands.ts';
import { availabilityOf } from './gpu-search.ts';
import { formatCount } from './io/terminal.ts';

interface Found {
  kind: BackendKind;
  availability: Availability;
}

async function automatic(): Promise<{ backend: string; why: string }> {
  const { backend, why, close } = await selectBackend(AUTO);
  await close();
  return { backend: backend.name, why };
}

/** why `auto` does not take a backend that it looks for only for large proofs */
function aboutLarge({ kind: { name, title, auto }, availability: { missing, refused, runsOn } }: Found): string {
  const none = missing ?? refused;
  if (none !== undefined) return `no ${title}: ${none}`;
  return `${runsOn} is taken from ${formatCount(auto.fromCells / 1e6)} million cells on, or with --backend ${name}`;
}

const line = (name: string, value: string): string => `${name.padEnd(14)} ${value}`;

const WIDE = 36;
/** a fact that belongs to the one above it is set in, and its name is long */
const factLine = ([name, value]: readonly [string, string]): string =>
  name.startsWith(' ') ? `${name.padEnd(WIDE)} ${/^\d+$/.test(value) ? formatCount(Number(value)) : value}` : line(name, value);

export const run: Command<'doctor'> = async (args, terminal) => {
  const backends = await Promise.all(BACKENDS.map(async (kind): Promise<Found> => ({ kind, availability: await availabilityOf(kind) })));
  const chosen = await automatic();
  const large = backends.filter(({ kind }) => kind.auto.fromCells > 0);
  const auto = { backend: chosen.backend, why: [chosen.why, ...large.map(aboutLarge)].join('; ') };
  const found = {
    node: process.versions.node,
    platform: `${os.platform()} ${os.arch()}`,
    processor: os.cpus()[0]?.model ?? 'unknown',
    threads: availableThreads(),
    availableBytes: availableBytes(),
  };
  if (args.options.json) {
    // what a driver says stands under the backend's name, what the engine says is a fact of the machine
    const facts = backends.map(({ kind, availability }) => (kind.native ? { [kind.name]: availability.facts } : availability.facts));
    const runs = backends.map(({ kind, availability: { missing, runsOn } }) => [
      kind.name,
      missing === undefined ? { runsOn } : { missing },
    ]);
    terminal.json({ ...found, ...Object.assign({}, ...facts), backends: Object.fromEntries(runs), auto });
    return 0;
  }
  terminal.out([
    line('node', `${found.node}, ${found.platform}`),
    line('processor', `${found.processor}, ${found.threads} ${found.threads === 1 ? 'thread' : 'threads'}`),
    line('memory', `${formatCount(Math.round(found.availableBytes / 1e6))} MB for this process`),
    ...backends.flatMap(({ availability }) => availability.lines.map(factLine)),
    ...backends.map(({ kind, availability: { missing, runsOn } }) =>
      line('backend', `${kind.name}: ${missing === undefined ? runsOn : `does not run: ${missing}`}`),
    ),
    line('auto', `${auto.backend}: ${auto.why}`),
  ]);
  return 0;
};
