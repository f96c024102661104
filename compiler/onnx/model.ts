// ONNX ModelProto -> plain data: the graph, the versions of its operator sets, the functions that it brings along. Source: onnx/onnx.proto3 (IR
// version 3 to 13). Caveat: a function whose name and domain are those of another (an overload) is told apart by nothing and refused.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { type Attribute, type OnnxGraph, type Reading, readAttribute, readGraph, readNode } from './graph.ts';
import { requirePlainNames } from './names.ts';
import { Message, type WireField } from './protobuf.ts';
import type { ExternalData } from './tensor-proto.ts';
import { Texts } from './texts.ts';
import { withTurnedMatrices } from './turned.ts';

/** A function of the model: nodes that stand for one. */
export interface OnnxFunction {
  /** versions of the operator sets that its nodes use, by domain */
  opsets: ReadonlyMap<string, number>;
  /** attributes that a caller may leave out */
  defaults: ReadonlyMap<string, Attribute>;
  body: OnnxGraph;
}

export interface OnnxModel extends OnnxGraph {
  /** version of each operator set that the model uses, by domain; the default domain is '' */
  opsets: ReadonlyMap<string, number>;
  /** by domain and name, as `labelOf` writes them */
  functions?: ReadonlyMap<string, OnnxFunction>;
  /** the texts that integers of text tensors stand for */
  texts?: readonly string[];
}

/** Name of an operator or function with its domain. */
export const labelOf = ({ domain, operator }: { domain: string; operator: string }): string =>
  domain ? `${domain}.${operator}` : operator;

/** operator sets that are understood: first and last version by domain */
export const OPERATOR_SETS: Readonly<Record<string, readonly [number, number]>> = {
  '': [6, 28],
  'ai.onnx.ml': [1, 5],
  'com.microsoft': [1, 1],
};

/** @throws ZK0502 for a version of a known operator set that is too old or too new, or if there is none at all */
function checkOperatorSets(opsets: ReadonlyMap<string, number>): void {
  const known = Object.entries(OPERATOR_SETS).filter(([domain]) => opsets.has(domain));
  for (const [domain, [first, last]] of known) {
    const version = opsets.get(domain)!;
    if (version >= first && version <= last) continue;
    throw new ZkvmError('unsupported', 'ZK0502', {
      what: `the model uses operator set ${version}${domain ? ` of ${domain}` : ''}`,
      why: `supported are ${first} … ${last}`,
      fix: 'convert it with onnx.version_converter',
    });
  }
  if (opsets.size === 0)
    throw new ZkvmError('unsupported', 'ZK0502', { what: 'the model names no operator set', fix: 'check the model with onnx.checker' });
}

function addOperatorSet(opsets: Map<string, number>, message: Message): void {
  let domain = '';
  let version = 0;
  for (const field of message.fields()) {
    if (field.number === 1) domain = message.text(field, 'domain');
    else if (field.number === 2) version = message.integer(field, 'version');
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

function readFunction(message: Message, reading: Reading): { label: string; value: OnnxFunction } {
  const [opsets, defaults] = [new Map<string, number>(), new Map<string, Attribute>()];
  const body: OnnxGraph = { name: '', nodes: [], initializers: new Map(), inputs: [], outputs: [] };
  const value = (field: WireField, name: string) => ({ name: message.text(field, name), shape: undefined, elementType: 0 });
  let [operator, domain] = ['', ''];
  for (const field of message.fields()) {
    if (field.number === 1) operator = message.text(field, 'name');
    else if (field.number === 4) body.inputs.push(value(field, 'input'));
    else if (field.number === 5) body.outputs.push(value(field, 'output'));
    else if (field.number === 7) body.nodes.push(readNode(message.message(field, 'node'), body.nodes.length, reading));
    else if (field.number === 9) addOperatorSet(opsets, message.message(field, 'opset_import'));
    else if (field.number === 10) domain = message.text(field, 'domain');
    else if (field.number === 11) {
      const attribute = readAttribute(message.message(field, 'attribute_proto'), reading);
      defaults.set(attribute.name, attribute.value);
    }
  }
  return { label: labelOf({ domain: domain === 'ai.onnx' ? '' : domain, operator }), value: { opsets, defaults, body } };
}

/**
 * Reads an ONNX file.
 * @param external reads files that the model keeps its tensors in; without it, such a model is refused
 * @throws ZK0501 (damaged file, with byte offset), ZK0502 (no model, operator set), ZK0503 (unsupported data), ZK0505, ZK0507 (names)
 */
export function readOnnx(bytes: Uint8Array, external?: ExternalData): OnnxModel {
  const root = new Message(bytes, 0, bytes.length, '');
  const reading: Reading = { external, texts: new Texts() };
  const opsets = new Map<string, number>();
  const functions = new Map<string, OnnxFunction>();
  let graph: Message | undefined;
  for (const field of root.fields()) {
    if (field.number === 7) graph = root.message(field, 'graph');
    else if (field.number === 8) addOperatorSet(opsets, root.message(field, 'opset_import'));
    else if (field.number === 25) {
      const { label, value } = readFunction(root.message(field, 'functions'), reading);
      if (functions.has(label)) throw usage('ZK0505', { what: `function "${label}" is defined twice`, where: `byte ${field.offset}` });
      functions.set(label, value);
    }
  }
  if (!graph) throw usage('ZK0502', { what: 'the file has no ONNX graph', where: 'byte 0', fix: 'give a model that onnx.checker accepts' });
  checkOperatorSets(opsets);
  for (const { opsets: own } of functions.values()) checkOperatorSets(own);
  const read = withTurnedMatrices(readGraph(graph, reading));
  requirePlainNames(read);
  return { ...read, opsets, functions, texts: reading.texts.list };
}
