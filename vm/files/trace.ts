// `trace.bin`: a run as a file. It holds the `.zkb` itself, so that proving needs nothing else, the integer inputs and outputs, the
// caller's context, and the columns of every instance: running again would give the same columns, but `check` must judge the
// columns that somebody gives it. Preprocessed columns follow from the program and are not stored; padding rows are zero and are
// dropped; each column takes 0, 1, 2 or 4 bytes a row, whatever its largest signed value needs.
// Caveat: a trace is not trusted: who proves a wrong one gets a proof that does not verify.
import type { InstanceWitness } from '../../air/columns.ts';
import { usage } from '../../fri/core/errors.ts';
import { MIN_LOG_SIZE } from '../../fri/pcs/profile.ts';
import { committedInstance } from '../chips/committed.ts';
import { fillTraces } from '../chips/fill.ts';
import { fixedWitnesses } from '../chips/fixed.ts';
import { CHIP_LIST, instanceOf, MACHINE } from '../chips/machine.ts';
import { planInstances } from '../chips/split.ts';
import { CHIPS } from '../chips/table.ts';
import type { Execution } from '../executor/run.ts';
import { isCommitted } from '../program/committed.ts';
import { checkBuckets } from '../program/encoding.ts';
import { P, toField, toSigned } from '../program/isa.ts';
import { checkProgram, MAX_LOG_ROWS, paddedLogSize } from '../program/loader.ts';
import { checkTensor, elementCount, emptyTensors, packRegion, requireNames, tensorOf } from '../program/packing.ts';
import type { IntegerTensors, Program, Region } from '../program/types.ts';
import { type ByteSink, ByteWriter } from './bytes.ts';
import { type ByteReader, damaged, decodeContainer, type Payload, requireCanonical, requireEnds, writeContainer } from './container.ts';
import { magicWord } from './magic.ts';
import { decodeZkb } from './zkb.ts';

/** A run with its columns. */
export interface Trace {
  /** bytes of the program file */
  zkb: Uint8Array;
  program: Program;
  inputs: IntegerTensors;
  outputs: IntegerTensors;
  /** the caller's bytes that the proof is bound to */
  context: Uint8Array;
  instances: InstanceWitness[];
}

const TRACE = {
  name: 'trace',
  magic: magicWord('trace'),
  version: 1,
  sections: ['zkb', 'inputs', 'outputs', 'context', 'instances'],
} as const;

const MAX_INSTANCES = 64;
const MAX_CONTEXT_BYTES = 2 ** 20;

/** A run of the program in `zkb`, ready to be stored, checked or proved. */
export function traceOf(zkb: Uint8Array, run: Execution, context: Uint8Array = new Uint8Array(0)): Trace {
  const { program } = run.loaded;
  return { zkb, program, inputs: run.inputs, outputs: run.outputs, context, instances: fillTraces(run) };
}

/** The same without its columns: they are filled when they are looked at, each time anew, so that one instance at a time is in memory. */
export function unfilledTrace(zkb: Uint8Array, run: Execution, context: Uint8Array): Trace {
  const { program } = run.loaded;
  const instances = planInstances(run).map((planned): InstanceWitness => {
    const instance = { ...planned, preprocessed: [], columns: [] };
    return Object.defineProperty(instance, 'columns', { get: () => fillTraces(run, [planned])[0]!.columns });
  });
  return { zkb, program, inputs: run.inputs, outputs: run.outputs, context, instances };
}

/** rows up to the last one that is not zero */
function usedRows(columns: readonly Uint32Array[]): number {
  let used = 0;
  for (const column of columns) {
    let end = column.length;
    while (end > used && column[end - 1] === 0) end--;
    used = Math.max(used, end);
  }
  return used;
}

/** bytes that every signed value of the column fits into */
function widthOf(column: Uint32Array, rows: number): 0 | 1 | 2 | 4 {
  let low = 0;
  let high = 0;
  for (let i = 0; i < rows; i++) {
    const value = toSigned(column[i]!);
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  if (low === 0 && high === 0) return 0;
  if (low >= -128 && high <= 127) return 1;
  return low >= -32768 && high <= 32767 ? 2 : 4;
}

function writeColumn(to: ByteSink, column: Uint32Array, rows: number): void {
  const width = widthOf(column, rows);
  const bytes = new Uint8Array(1 + width * rows);
  const view = new DataView(bytes.buffer);
  bytes[0] = width;
  for (let i = 0, at = 1; i < rows; i++, at += width) {
    const value = toSigned(column[i]!);
    if (width === 1) view.setInt8(at, value);
    else if (width === 2) view.setInt16(at, value, true);
    else if (width === 4) view.setInt32(at, value, true);
  }
  to.bytes(bytes);
}

function readColumn(from: ByteReader, rows: number, logSize: number): Uint32Array {
  const column = new Uint32Array(2 ** logSize);
  const width = from.take(1)[0]!;
  if (![0, 1, 2, 4].includes(width)) throw damaged('ZK0310', `a column of ${width} bytes a row`, from.place);
  const bytes = from.take(width * rows);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0, at = 0; i < rows && width; i++, at += width) {
    const value = width === 1 ? view.getInt8(at) : width === 2 ? view.getInt16(at, true) : view.getInt32(at, true);
    if (value <= -P / 2 || value >= P / 2 + 1) throw damaged('ZK0310', `${value} is no field element`, from.place);
    column[i] = toField(value);
  }
  return column;
}

function writeTensors(to: ByteSink, regions: readonly Region[], tensors: IntegerTensors): void {
  to.u32(regions.length);
  for (const { name } of regions) {
    const tensor = tensorOf(tensors, name)!;
    to.u32(tensor.length);
    to.words(tensor);
  }
}

function readTensors(from: ByteReader, regions: readonly Region[], kind: 'input' | 'output'): IntegerTensors {
  if (from.count(4) !== regions.length)
    throw damaged('ZK0310', `the program has ${regions.length} ${kind}s, the file another number`, from.place);
  const tensors = emptyTensors();
  for (const region of regions) {
    const length = from.count(4);
    if (length !== elementCount(region)) throw damaged('ZK0310', `${kind} "${region.name}" has ${length} elements`, from.place);
    const tensor = new Int32Array(from.words(length));
    checkTensor(region, tensor, kind);
    tensors[region.name] = tensor;
  }
  return tensors;
}

/**
 * A trace as bytes.
 * @throws ZK032x if the tensors do not fit the program's regions, ZK0311 for a context that is too long
 */
export function encodeTrace(trace: Trace): Uint8Array {
  const to = new ByteWriter();
  writeTrace(trace, to);
  return to.finish();
}

/** The same, to wherever it goes. @throws as `encodeTrace` */
export function writeTrace(trace: Trace, to: ByteSink): void {
  const { program, inputs, outputs, context } = trace;
  if (context.length > MAX_CONTEXT_BYTES)
    throw usage('ZK0311', { what: `a context of ${context.length} bytes, at most ${MAX_CONTEXT_BYTES}` });
  for (const [regions, tensors, kind] of [
    [program.inputs, inputs, 'input'],
    [program.outputs, outputs, 'output'],
  ] as const) {
    requireNames(regions, tensors, kind);
    for (const region of regions) checkTensor(region, tensorOf(tensors, region.name), kind);
  }
  writeContainer(TRACE, payloadOf(trace), to);
}

const payloadOf = (trace: Trace): Payload<(typeof TRACE.sections)[number]> => {
  const { program, inputs, outputs, context, instances } = trace;
  return {
    zkb: (to) => to.bytes(trace.zkb),
    inputs: (to) => writeTensors(to, program.inputs, inputs),
    outputs: (to) => writeTensors(to, program.outputs, outputs),
    context: (to) => to.bytes(context),
    instances: (to) => {
      to.u32(instances.length);
      for (const { type, logSize, base, columns } of instances) {
        const rows = usedRows(columns);
        to.u32(type, logSize, base, rows);
        for (const column of columns) writeColumn(to, column, rows);
      }
    },
  };
};

/** the instances whose rows the program or an input fixes, by type and first address, without their base columns */
function fixedInstances(program: Program, inputs: IntegerTensors): Map<string, InstanceWitness> {
  const committed = program.inputs.filter(isCommitted).map((region, i): InstanceWitness => {
    const { words } = packRegion(region, tensorOf(inputs, region.name), 'input');
    return { ...committedInstance(region, 1 + i), preprocessed: CHIPS.words.preprocessed(region, words), columns: [] };
  });
  const all = [...fixedWitnesses(checkProgram(program)), ...committed];
  return new Map(all.map((instance) => [`${instance.type} ${instance.base}`, instance]));
}

function readInstances(from: ByteReader, program: Program, inputs: IntegerTensors): InstanceWitness[] {
  const fixed = fixedInstances(program, inputs);
  const length = from.count(16);
  if (length > MAX_INSTANCES) throw damaged('ZK0310', `${length} instances, at most ${MAX_INSTANCES}`, from.place);
  return Array.from({ length }, (_, i) => {
    const [type, logSize, base, rows] = [from.u32(), from.u32(), from.u32(), from.u32()];
    const component = MACHINE.components[type];
    const where = `${from.place}, instance ${i}`;
    if (!component) throw damaged('ZK0310', `there is no chip ${type}`, where);
    const own = fixed.get(`${type} ${base}`);
    if (!own && (CHIP_LIST[type]!.sizedBy !== 'run' || base !== instanceOf(type, logSize).base))
      throw damaged('ZK0310', `${component.name} starts at address ${base}`, where);
    // heights that neither program nor input fixes are the smallest that hold the rows, so a short file cannot ask for much memory
    const heights = own ? [own.logSize] : [paddedLogSize(rows), Math.max(MIN_LOG_SIZE, paddedLogSize(rows))];
    if (logSize > MAX_LOG_ROWS || !heights.includes(logSize) || rows > 2 ** logSize)
      throw damaged('ZK0310', `${component.name} has ${rows} rows and log size ${logSize}, expected ${heights.join(' or ')}`, where);
    // some column is not zero in the last row, so it takes a byte a row: without this, 200 bytes could ask for gigabytes of zeros
    if (rows > from.left) throw damaged('ZK0306', `a count of ${rows} rows does not fit`, where, `${from.left} bytes are left`);
    const columns = component.base.map(() => readColumn(from, rows, logSize));
    return { ...(own ?? { ...instanceOf(type, logSize), preprocessed: [] }), columns };
  });
}

/**
 * Reads a trace: the program passes the loader, tensors fit, columns have the heights that they must have. Whether the columns are
 * right is for `check` and for the verifier to say.
 * @param isOwned as for `decodeZkb`
 * @throws ZK0301-ZK0311, ZK032x, ZK034x
 */
export function decodeTrace(bytes: Uint8Array, isOwned = false): Trace {
  const sections = decodeContainer(TRACE, bytes, isOwned);
  const zkb = sections.zkb.take(sections.zkb.left);
  const { program } = decodeZkb(zkb, isOwned);
  const inputs = readTensors(sections.inputs, program.inputs, 'input');
  checkBuckets(program, inputs);
  const outputs = readTensors(sections.outputs, program.outputs, 'output');
  if (sections.context.left > MAX_CONTEXT_BYTES)
    throw damaged('ZK0311', `a context of ${sections.context.left} bytes`, sections.context.place);
  const context = sections.context.take(sections.context.left).slice();
  const instances = readInstances(sections.instances, program, inputs);
  requireEnds(sections);
  const trace = { zkb, program, inputs, outputs, context, instances };
  requireCanonical(TRACE, bytes, payloadOf(trace));
  return trace;
}
