// `zkvm inspect`: what is in a file: an ONNX model, a compiled model, its record, a trace or a proof, told apart by their first bytes.
// Source: the formats of vm/files/zkb.ts, vm/files/trace.ts, vm/files/proof.ts. Caveat: it shows what a file claims and verifies nothing.

import { labelOf, readOnnx } from '../compiler/onnx/model.ts';
import { decodeReport } from '../compiler/report/stored.ts';
import { digestToHex } from '../fri/core/digest.ts';
import { usage } from '../fri/core/errors.ts';
import { DEFAULT_PROFILE, PROFILES } from '../fri/pcs/profile.ts';
import { cellCount, cellsByChip, chipCells } from '../vm/chips/cells.ts';
import { fixedWitnesses } from '../vm/chips/fixed.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { costOf } from '../vm/estimate/cost.ts';
import { outlineOf } from '../vm/estimate/outline.ts';
import { fileKindOf } from '../vm/files/magic.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import { decodeTrace } from '../vm/files/trace.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { predictions, realTensors } from '../vm/library/outputs.ts';
import { disassemble } from '../vm/program/assembler.ts';
import { encodingOf, realRange } from '../vm/program/encoding.ts';
import { DATA_BASE, LANES, RAM_BASE } from '../vm/program/isa.ts';
import { checkProgram } from '../vm/program/loader.ts';
import type { Encoding, Metadata, Program, Region } from '../vm/program/types.ts';
import { loadModel } from '../vm/statement/model.ts';
import { contentHash } from '../vm/statement/record.ts';
import { decodeRecord, profilesOf, recordedModel } from '../vm/statement/record-file.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { requireKind } from './io/artifacts.ts';
import { contextText } from './io/context.ts';
import { dataBeside } from './io/external.ts';
import { readBytes } from './io/files.ts';
import { outputLines } from './io/outputs.ts';
import { formatCount } from './io/terminal.ts';
import { accuracyLines } from './report/accuracy.ts';
import { cellLines } from './report/cells.ts';
import { REPORT_IS } from './report/claimed.ts';
import { tablesText } from './saturated.ts';
import { auditJson, warningLines } from './undetermined.ts';

/** What a file is shown as: one object for --json, lines for people. */
interface Shown {
  json: Record<string, unknown>;
  lines: string[];
}

/** where a region starts: a committed input lies before RAM */
const placeText = (address: number): string =>
  address < RAM_BASE ? `committed: statements have its root, data+${address - DATA_BASE}` : `ram+${address - RAM_BASE}`;

/** An input or output; what its integers stand for where it has a rule says `encodingLine`. */
function regionLine(kind: 'input' | 'output', region: Region, metadata: Metadata): string {
  const { name, shape, lo, hi, scale, address, channels, rows, width } = region;
  const rule = encodingOf(metadata, kind, name);
  const whole = kind === 'input' && metadata.integers?.includes(name) ? ', whole numbers only' : '';
  const meaning = rule ? `integer [${lo}, ${hi}] by its rule` : `integer [${lo}, ${hi}] · ${scale}${whole}`;
  return `${kind} "${name}" [${shape.join(', ')}] real ${realRange(region, rule)} = ${meaning}, ${placeText(address)}, ${channels} channels of ${rows} × ${width}`;
}

/** entries of an encoding that are printed for people, and thresholds of each */
const SHOWN_ENTRIES = 8;

const listText = (list: readonly (number | string)[]): string =>
  `${list.slice(0, SHOWN_ENTRIES).join(', ')}${list.length > SHOWN_ENTRIES ? `, … (${list.length})` : ''}`;

/** What the integers of an input or output stand for, where that differs along an axis. @param scale of the region */
const encodingLine = (encoding: Encoding, scale: number): string =>
  `${encoding.of} "${encoding.name}", along axis ${encoding.axis}: ${
    'scales' in encoding
      ? `a step of its own for each index, real = integer · ${scale} · [${listText(encoding.scales)}]`
      : `only compared, integer = how many of these the number reaches: ${listText(encoding.thresholds.map((list) => `[${listText(list)}]`))}`
  }`;

const scaleOf = (program: Program, { of, name }: Encoding): number => program[`${of}s`].find((region) => region.name === name)!.scale;

/** the disassembly with the ONNX nodes it came from */
function codeLines({ rom, codeWords, sourceMap }: Program): string[] {
  const lines: string[] = [];
  for (let pc = 0; pc < codeWords; pc++) {
    const entry = sourceMap.find(({ from }) => from === pc);
    if (entry) lines.push(`; ${entry.node}`);
    lines.push(`${String(pc).padStart(5)}  ${disassemble(rom, pc)}`);
  }
  return lines;
}

async function showProgram(bytes: Uint8Array, code: boolean, wantsCells: boolean): Promise<Shown> {
  const { program, report } = decodeZkb(bytes, true);
  const stored = report.length > 0 ? decodeReport(report) : undefined;
  const content = digestToHex(contentHash(bytes));
  const loaded = checkProgram(program);
  const { metadata, slots, inputs, outputs, rom, codeWords, ramLogSize } = program;
  const { record, id, audit, tables } = await withBackend('auto', ({ backend }) =>
    loadModel(program, DEFAULT_PROFILE, backend, { allowUndetermined: true }),
  );
  const fixed = fixedWitnesses(loaded);
  const cells = chipCells(fixed);
  const romWords = rom.length / LANES;
  const cost = wantsCells ? costOf(program, DEFAULT_PROFILE, outlineOf(program)) : undefined;
  return {
    json: {
      kind: 'zkb',
      name: metadata.name,
      labels: metadata.labels,
      contentHash: content,
      modelIds: { [DEFAULT_PROFILE.name]: digestToHex(id) },
      ...auditJson(audit),
      tables,
      airHash: digestToHex(record.airHash),
      preprocessedRoots: { [DEFAULT_PROFILE.name]: record.trees.map(({ root }) => digestToHex(root)).join(' ') },
      romWords,
      codeWords,
      ramLogSize,
      lookupRows: loaded.table.rows,
      slots: slots.map(({ id: slot, name, intervals }) => ({ id: slot, name, intervals: intervals.length / 3 })),
      inputs,
      outputs,
      integers: metadata.integers ?? [],
      encodings: metadata.encodings ?? [],
      fixedCells: cells,
      report: stored ?? null,
      ...(stored && { reportIs: REPORT_IS }),
      ...(cost && { cells: { cells: cost.cells, cellsByChip: cost.cellsByChip, instances: cost.instances, nodes: cost.nodes } }),
      ...(code && { code: codeLines(program) }),
    },
    lines: [
      ...warningLines(audit),
      `compiled model "${metadata.name}"${metadata.labels.length ? `, labels ${metadata.labels.join(', ')}` : ''}`,
      `content hash      ${content}`,
      `${`model id (${DEFAULT_PROFILE.name})`.padEnd(18)}${digestToHex(id)}`,
      `AIR hash          ${digestToHex(record.airHash)}`,
      `tables            ${tablesText(tables)}`,
      ...inputs.map((region) => regionLine('input', region, metadata)),
      ...outputs.map((region) => regionLine('output', region, metadata)),
      ...(metadata.encodings ?? []).map((encoding) => encodingLine(encoding, scaleOf(program, encoding))),
      `rom ${formatCount(romWords)} words, ${formatCount(codeWords)} of them code; ram 2^${ramLogSize} words; lookup table ${formatCount(loaded.table.rows)} rows`,
      ...slots.map(({ id: slot, name, intervals }) => `slot ${slot}: ${name}, ${formatCount(intervals.length / 3)} intervals`),
      `cells of ${Object.keys(cells).join(', ')} in every proof: ${formatCount(Object.values(cells).reduce((a, b) => a + b, 0))}`,
      ...(stored
        ? [
            'the file itself says, covered by no model id and proved by nothing:',
            ...accuracyLines(stored.report, stored.samples).map((line) => `  ${line}`),
          ]
        : []),
      ...(cost ? cellLines(cost) : []),
      ...(code ? codeLines(program) : []),
    ],
  };
}

function showTrace(bytes: Uint8Array, code: boolean): Shown {
  const { program, inputs, outputs, context, instances } = decodeTrace(bytes, true);
  const sizes = instances.map(({ type, logSize }) => ({ chip: MACHINE.components[type]!.name, logSize }));
  const cells = cellCount(instances);
  return {
    json: {
      kind: 'trace',
      name: program.metadata.name,
      instances: sizes,
      cells,
      cellsByChip: cellsByChip(instances),
      inputs: realTensors(program, 'input', inputs),
      outputs: realTensors(program, 'output', outputs),
      labels: predictions(program, outputs) ?? null,
      context: contextText(context),
    },
    lines: [
      `trace of model "${program.metadata.name}"`,
      ...outputLines(program, outputs),
      ...sizes.map(({ chip, logSize }) => `${chip.padEnd(6)} 2^${logSize} rows`),
      ...Object.entries(cellsByChip(instances)).map(([chip, count]) => `${chip.padEnd(12)} ${formatCount(count).padStart(14)} cells`),
      `all          ${formatCount(cells).padStart(14)} cells`,
      ...(context.length ? [`context ${contextText(context)}`] : []),
      ...(code ? codeLines(program) : []),
    ],
  };
}

function showProof(bytes: Uint8Array): Shown {
  const { profileId, modelId, shards, inputs, outputs, context, words, parts } = decodeProofFile(bytes);
  const instances = shards.flat();
  const streamWords = parts.reduce((sum, part) => sum + part.words.length, words.length);
  const profile = Object.values(PROFILES).find(({ id }) => id === profileId)?.name ?? `unknown (${profileId})`;
  const sizes = instances.map(({ type, logSize }) => ({ chip: MACHINE.components[type]?.name ?? `unknown (${type})`, logSize }));
  return {
    json: {
      kind: 'proof',
      profile,
      modelId: digestToHex(modelId),
      instances: sizes,
      inputs: inputs.map((input) => ('root' in input ? { root: digestToHex(input.root) } : [...input])),
      outputs: outputs.map((tensor) => [...tensor]),
      context: contextText(context),
      proofBytes: bytes.length,
      ...(shards.length > 1 && { shards: shards.map((list) => list.length), shardsHere: parts.map(({ shard }) => shard) }),
      streamWords,
    },
    lines: [
      `proof for profile ${profile}, not verified`,
      `model id  ${digestToHex(modelId)}`,
      ...(shards.length > 1 ? [`shards    ${shards.length}, ${parts.length} of them in this file`] : []),
      ...sizes.map(({ chip, logSize }) => `${chip.padEnd(6)} 2^${logSize} rows`),
      ...outputs.map((tensor, i) => `output ${i} in integers: ${[...tensor.subarray(0, 32)].join(', ')}${tensor.length > 32 ? ', …' : ''}`),
      `inputs    ${inputs.map((input) => ('root' in input ? `committed, root ${digestToHex(input.root)}` : `${formatCount(input.length)} elements`)).join(', ')}`,
      ...(context.length ? [`context   ${contextText(context)}`] : []),
      `size      ${formatCount(bytes.length)} bytes, ${formatCount(streamWords)} words of proof`,
    ],
  };
}

function showRecord(bytes: Uint8Array): Shown {
  const file = decodeRecord(bytes);
  const { inputs, outputs, metadata } = file;
  const models = profilesOf(file)
    .filter(({ id }) => id !== PROFILES.test.id)
    .map((profile) => ({ profile, model: recordedModel(file, profile) }));
  const ids = models.map(({ profile, model }) => [profile.name, digestToHex(model.id)] as const);
  return {
    json: {
      kind: 'record',
      name: metadata.name,
      labels: metadata.labels,
      modelIds: Object.fromEntries(ids),
      tables: models[0]!.model.tables,
      airHash: digestToHex(file.airHash),
      preprocessedRoots: Object.fromEntries(
        models.map(({ profile, model }) => [profile.name, model.record.trees.map(({ root }) => digestToHex(root)).join(' ')]),
      ),
      inputs,
      outputs,
      integers: metadata.integers ?? [],
      encodings: metadata.encodings ?? [],
    },
    lines: [
      `record of model "${metadata.name}", which has the ids of its weights and not the weights`,
      ...ids.map(([name, id]) => `${`model id (${name})`.padEnd(18)}${id}`),
      `tables            ${tablesText(models[0]!.model.tables)}`,
      ...inputs.map((region) => regionLine('input', region, metadata)),
      ...outputs.map((region) => regionLine('output', region, metadata)),
    ],
  };
}

function showOnnx(bytes: Uint8Array, file: string): Shown {
  const { name, opsets, nodes, initializers, inputs, outputs } = readOnnx(bytes, dataBeside(file));
  const opset = opsets.get('') ?? 0;
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(labelOf(node), (counts.get(labelOf(node)) ?? 0) + 1);
  const parameters = [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0);
  const values = (list: typeof inputs) =>
    list.filter((value) => !initializers.has(value.name)).map((value) => ({ name: value.name, shape: value.shape ?? null }));
  const line = (kind: string) => (value: { name: string; shape: (number | string | undefined)[] | null }) =>
    `${kind} "${value.name}" [${value.shape?.map((size) => size ?? '?').join(', ') ?? 'any'}]`;
  return {
    json: {
      kind: 'onnx',
      name,
      opset,
      parameters,
      operators: Object.fromEntries(counts),
      inputs: values(inputs),
      outputs: values(outputs),
    },
    lines: [
      `ONNX model "${name}", opset ${opset}, ${formatCount(nodes.length)} nodes, ${formatCount(parameters)} parameters`,
      ...values(inputs).map(line('input')),
      ...values(outputs).map(line('output')),
      ...[...counts].map(([operator, count]) => `${operator} × ${count}`),
    ],
  };
}

async function show(bytes: Uint8Array, file: string, code: boolean, cells: boolean): Promise<Shown> {
  switch (fileKindOf(bytes)) {
    case 'model':
      return showProgram(bytes, code, cells);
    case 'trace':
      return showTrace(bytes, code);
    case 'proof':
      return showProof(bytes);
    case 'record':
      return showRecord(bytes);
    default:
      return showOnnx(bytes, file);
  }
}

export const run: Command<'inspect'> = async (args, terminal) => {
  const bytes = readBytes(args.file);
  requireKind(bytes, args.file, ['model', 'record', 'trace', 'proof', 'onnx']);
  const code = args.options.code;
  const cells = args.options.cells;
  if (cells && fileKindOf(bytes) !== 'model')
    throw usage('ZK0821', { what: '--cells needs a compiled model', where: args.file, fix: 'give it the .zkb, or see zkvm estimate' });
  const shown = await show(bytes, args.file, code, cells);
  if (args.options.json) terminal.json(shown.json);
  else terminal.out(shown.lines);
  return 0;
};
