// Bodies of requests as what they ask for: every field is checked, and one that nobody knows is an error, for it is most likely misspelt.
// Source: schemas.ts. Caveat: inputs are held against their model later (service.ts), which names tensor and element.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import { parseContext } from '../io/context.ts';
import { decodeText } from '../io/files.ts';
import { parseJson } from '../io/tensors.ts';
import { type NewJob, PRIORITIES } from './queue.ts';
import type { Upload } from './read-upload.ts';
import { PROFILES_OF_JOBS, SCHEMAS } from './schemas.ts';

const malformed = (what: string, fix: string): ZkvmError => usage('ZK0914', { what, fix });
const SEE = 'see /openapi.json for the fields';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60);

/** brackets in brackets: a tensor has a few, and writing what is nested deeper takes the stack */
const MOST_NESTED = 64;
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((sign) => sign.charCodeAt(0));

/** @throws ZK0808 for JSON whose brackets are nested too deep; a text that is none may pass */
function requireShallow(body: Uint8Array): void {
  let depth = 0;
  let quoted = false;
  // by hand: a pattern for texts in quotes goes over the rest of the body for each quote
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    if (depth > MOST_NESTED)
      throw usage('ZK0808', { what: `the body is nested more than ${MOST_NESTED} deep`, fix: 'flatten it or remove brackets' });
  }
}

/** inputs of one request */
const MOST_INPUTS = 1000;

/** @throws ZK0806 no JSON, ZK0808 nested too deep, ZK0914 not of the form */
export function newJobs(body: Uint8Array): (Omit<NewJob, 'input'> & { input: unknown })[] {
  requireShallow(body);
  const value = parseJson(decodeText(body, 'the body'), 'the body');
  if (!isObject(value)) throw malformed('the body is no object', 'send {"model": id, "input": {…}}');
  for (const name of Object.keys(value))
    if (!Object.hasOwn(SCHEMAS.NewJob.properties, name)) throw malformed(`there is no field ${shown(name)}`, SEE);
  const { model, profile = 'proven', context = '', strict = false, priority: asked = 'normal' } = value;
  if (typeof model !== 'string') throw malformed(`"model" is ${shown(model)}`, 'give the id of a model');
  if (typeof strict !== 'boolean') throw malformed(`"strict" is ${shown(strict)}`, 'give true or false');
  const priority = PRIORITIES.find((one) => one === asked);
  if (!priority) throw malformed(`"priority" is ${shown(asked)}`, `give one of ${PRIORITIES.join(', ')}`);
  if (!(PROFILES_OF_JOBS as readonly unknown[]).includes(profile))
    throw malformed(`"profile" is ${shown(profile)}`, `give one of ${PROFILES_OF_JOBS.join(', ')}`);
  if (typeof context !== 'string') throw malformed(`"context" is ${shown(context)}`, 'give hexadecimal digits in a text');
  parseContext(context);
  const single = Object.hasOwn(value, 'input');
  if (single === Object.hasOwn(value, 'inputs'))
    throw malformed(`the body has ${single ? 'both "input" and' : 'neither "input" nor'} "inputs"`, 'give one of them');
  const inputs: unknown = single ? [value.input] : value.inputs;
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > MOST_INPUTS)
    throw malformed('"inputs" is no list of inputs', `give 1 to ${MOST_INPUTS} of them`);
  return inputs.map((input: unknown) => ({ model, profile: String(profile), context, strict, priority, input }));
}

type Form = Awaited<ReturnType<Response['formData']>>;

/** @throws ZK0914 */
function formUpload(form: Form, model: Uint8Array, calibration: Upload['calibration']): Upload {
  const textOf = (name: string): string | undefined => {
    const value = form.get(name);
    if (value === null) return undefined;
    if (typeof value !== 'string') throw malformed(`the field "${name}" is a file`, 'send a text');
    return value;
  };
  const numberOf = (name: string): number | undefined => {
    const value = textOf(name);
    if (value === undefined) return undefined;
    if (value.trim() === '' || !Number.isFinite(Number(value))) throw malformed(`the field "${name}" is ${shown(value)}`, 'send a number');
    return Number(value);
  };
  const strict = textOf('strict');
  if (strict !== undefined && strict !== 'true' && strict !== 'false')
    throw malformed(`the field "strict" is ${shown(strict)}`, 'send true or false');
  const labels = textOf('labels')
    ?.split(',')
    .map((label) => label.trim());
  if (labels && (labels.some((label) => label === '') || new Set(labels).size !== labels.length))
    throw usage('ZK0824', { what: 'a label is empty or stands twice', where: 'the field "labels"', fix: 'send a,b,c' });
  return {
    bytes: model,
    calibration,
    name: textOf('name'),
    labels,
    accuracy: numberOf('accuracy'),
    acceptError: numberOf('acceptError'),
    batch: numberOf('batch'),
    bits: numberOf('bits'),
    strict: strict === 'true',
  };
}

/**
 * @param type the request's Content-Type
 * @throws ZK0914
 */
export async function uploadOf(body: Uint8Array<ArrayBuffer>, type: string): Promise<Upload> {
  if (!/^multipart\/form-data\b/i.test(type)) return { bytes: body };
  let form: Form;
  try {
    form = await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch (error) {
    throw malformed(`the body is no form: ${(error as Error).message.slice(0, 120)}`, 'send it with curl -F model=@model.onnx');
  }
  for (const name of form.keys())
    if (!Object.hasOwn(SCHEMAS.Upload.properties, name)) throw malformed(`there is no field ${shown(name)}`, SEE);
  const fileOf = async (name: string): Promise<{ bytes: Uint8Array; name: string } | undefined> => {
    const value = form.get(name);
    if (value === null) return undefined;
    if (typeof value === 'string') throw malformed(`the field "${name}" is a text`, `send a file: curl -F ${name}=@FILE`);
    return { bytes: new Uint8Array(await value.arrayBuffer()), name: value.name };
  };
  const model = await fileOf('model');
  if (!model) throw malformed('the form has no field "model"', 'send it with curl -F model=@model.onnx');
  return formUpload(form, model.bytes, await fileOf('calibration'));
}
