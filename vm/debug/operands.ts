// The tensors that a step reads and writes: each operand with its shape as the instruction has it, the words it stands in, and whose they are: an
// input, an output, what another step stored, code or weights. Source: program/isa.ts, program/types.ts (Region). Caveat: an intermediate has the shape
// of its instruction, channels × rows × positions, padding lanes included; the ONNX tensor's own shape is not in a program.
import { LANES, RAM_BASE } from '../program/isa.ts';
import { inputWords } from '../program/packing.ts';
import { cycleOf, eachAccess, instructionOf, laneAt, programCounterOf } from './cycle.ts';
import { type Debugged, WRITER } from './open.ts';
import { storedWords, wordOfRow } from './positions.ts';
import type { Operand, Owner } from './types.ts';

/** Whose a word is: the region that it stands in comes before the step that wrote it. */
export function ownerOf({ trace, run, writers, nodes, outputs }: Debugged, address: number): Owner {
  const { program } = trace;
  if (address < program.rom.length / LANES) return { kind: address < program.codeWords ? 'code' : 'weights' };
  const input = program.inputs.find((region) => address >= region.address && address < region.address + inputWords(region));
  if (input) return { kind: 'input', name: input.name };
  const step = writers[address - RAM_BASE] ?? WRITER.nobody;
  if (step < 0) return { kind: 'nobody' };
  const output = outputs.get(address);
  const node = nodes[programCounterOf(run, step)];
  if (output !== undefined) return { kind: 'output', name: output, step };
  return node === undefined ? { kind: 'step', step } : { kind: 'step', name: node, step };
}

function ownersOf(debugged: Debugged, addresses: Uint32Array): Owner[] {
  const owners = new Map<string, Owner>();
  for (const address of addresses) {
    const owner = ownerOf(debugged, address);
    owners.set(`${owner.kind} ${owner.name ?? ''} ${owner.kind === 'step' ? owner.step : ''}`, owner);
  }
  return [...owners.values()];
}

/** h rows of nw words from an address on */
function rowAddresses(start: number, nw: number, h: number, jump: number): Uint32Array {
  const addresses = new Uint32Array(nw * h);
  for (let row = 0; row < h; row++) for (let j = 0; j < nw; j++) addresses[row * nw + j] = wordOfRow({ start, nw, jump }, row, j);
  return addresses;
}

/** the tensors of one step, reads first */
export function operandsOf(debugged: Debugged, step: number): Operand[] {
  const { run } = debugged;
  const instruction = instructionOf(run, step);
  const { ea, eb, ec } = cycleOf(run, step);
  const made = (
    operand: Operand['operand'],
    does: Operand['does'],
    role: Operand['role'],
    axes: Readonly<Record<string, number>>,
    addresses: Uint32Array,
    values?: Int32Array,
  ): Operand => ({
    operand,
    does,
    role,
    axes: Object.keys(axes),
    shape: Object.values(axes),
    values:
      values ?? Int32Array.from({ length: addresses.length * LANES }, (_, i) => laneAt(run, addresses[Math.floor(i / LANES)]!, i % LANES)),
    addresses,
    owners: ownersOf(debugged, addresses),
  });
  const scalar = (operand: Operand['operand'], does: Operand['does'], address: number): Operand =>
    made(operand, does, 'scalar', { value: 1 }, Uint32Array.of(address), Int32Array.of(laneAt(run, address, 0)));
  switch (instruction.opcode) {
    case 'MAC': {
      const { nw, h, ra, ob, taps } = instruction.values;
      // blocks of channels stand highest first; here they ascend
      const blocks = Uint32Array.from({ length: taps * ob }, (_, i) => eb + Math.floor(i / ob) * ob + (ob - 1 - (i % ob)));
      return [
        made('a', 'reads', 'positions', { row: h, position: nw * LANES }, rowAddresses(ea, nw, h, ra)),
        made('b', 'reads', 'weights', { tap: taps, channel: ob * LANES }, blocks),
      ];
    }
    case 'MUL': {
      const { nw, h, ra, rb } = instruction.values;
      return [
        made('a', 'reads', 'positions', { row: h, position: nw * LANES }, rowAddresses(ea, nw, h, ra)),
        made('b', 'reads', 'positions', { row: h, position: nw * LANES }, rowAddresses(eb, nw, h, rb)),
      ];
    }
    case 'STORE': {
      const { rw, h, O } = instruction.values;
      const addresses = new Uint32Array(O * h * rw);
      const values = new Int32Array(addresses.length * LANES);
      const perChannel = LANES * h * rw;
      for (const { word, channel, exponent, step: lane, address } of storedWords(instruction.values, instruction.flags, ec)) {
        addresses[word] = address;
        const first = channel * perChannel + perChannel - 1 - exponent;
        for (let t = 0; t < LANES; t++) values[first + t * lane] = laneAt(run, address, t);
      }
      return [
        made('a', 'reads', 'mask', { position: rw * LANES }, rowAddresses(ea, rw, 1, 0)),
        made('c', 'writes', 'result', { channel: O, row: h, position: rw * LANES }, addresses, values),
      ];
    }
    default: {
      const found: Operand[] = [];
      const nothing = () => true;
      eachAccess(
        instruction,
        { ea, eb, ec },
        {
          read: (address) => found.push(scalar(address === ea && found.length === 0 ? 'a' : 'b', 'reads', address)) > 0,
          write: (address) => found.push(scalar(address === ea && instruction.opcode === 'CAL' ? 'a' : 'c', 'writes', address)) > 0,
          slot: nothing,
          add: nothing,
          drain: nothing,
        },
      );
      return found;
    }
  }
}
