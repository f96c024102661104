// Every word that the page shows, in one place, so that it can be read as a whole and checked. What the library says (why a device was chosen, what is
// wrong with a file) is the library's text and stands there. Caveat: English only; a test refuses words in a view.
import type { ViewName } from './routes.ts';
import { cells, count } from './units.ts';

export const TEXT = {
  name: 'zkvm',
  skip: 'Skip to the content',
  navigation: 'Views',
  views: {
    prove: 'Prove',
    verify: 'Verify',
    model: 'Model',
    trace: 'Trace',
    chain: 'Chain',
  } satisfies Record<ViewName, string>,
  titles: {
    prove: 'Prove what a model answered',
    verify: 'Verify a proof',
    model: 'Look into a model',
    trace: 'Walk through a run',
    chain: 'Verify on Starknet',
  } satisfies Record<ViewName, string>,
  loading: 'Opening the view',
  viewFailed: {
    what: 'This view could not be loaded.',
    why: 'The page may be a newer version by now, or the network is away.',
    again: 'Load the page again',
  },
  error: {
    heading: 'That did not work',
    where: 'Where',
    why: 'Why',
    fix: 'What helps',
    code: 'Code',
    bug: 'This is a mistake of ours. Please report it.',
  },
  footer: {
    local: 'Everything happens in this tab. No file, model or input leaves this machine.',
    clear: 'Proofs hide nothing: a proof contains the input and the output in clear.',
  },
  model: {
    lead: 'A compiled model is bytecode and integer weights. Its hash is the model id that every proof names.',
    drop: 'Drop a compiled model, or choose one',
    hint: 'model.zkb',
    current: (name: string) => `Look at ${name}`,
    busy: 'Counting cells',
    cells: (total: number) => `A proof commits to ${cells(total)}. They are of these chips:`,
    byChip: 'Cells by chip',
  },
  trace: {
    lead: 'A trace is everything that a run computed, row by row. Here every constraint is held against every row.',
    drop: 'Drop a trace, or choose one',
    hint: 'trace.bin, as “zkvm run” writes it',
    busy: 'Checking every row',
    noTrace: (kind: string) => `The file is a ${kind}, not a trace.`,
    of: (name: string, total: number) => `A run of ${name}, ${cells(total)}.`,
    holds: (rows: number) => `Every constraint holds on all ${count(rows)} rows`,
    fails: (failures: number, rows: number) => `${failures} failures on ${count(rows)} rows`,
    failure: (chip: string, row: number, label: string) => `${chip}, row ${row}: ${label}`,
  },
  chain: {
    lead: 'One contract on Starknet verifies proofs of every model: a proof of profile “chain” in one transaction. These commands do it:',
    commands: [
      'zkvm register model.zkb',
      'zkvm prove model.zkb --input x.json --profile chain --context CONTEXT -o proof.bin',
      'zkvm verify proof.bin --model model.zkb --chain',
      'zkvm fact proof.bin',
    ].join('\n'),
  },
} as const;
