// `npm run fixtures`: one file of each format as this release writes it, and what they say, into test/fixtures/formats/<version>/, for every later release
// to read. Made with the command line from test/models/digits_mlp, as a user makes them. Source: docs/FORMATS.md. Caveat: fixtures of a release are
// made once, when it is made; a folder that is there is never written again.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { airHash } from '../air/machine.ts';
import { digestToHex } from '../fri/core/digest.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { contentHash } from '../vm/statement/record.ts';
import { decodeRecord, profilesOf, recordedModel } from '../vm/statement/record-file.ts';
import { verifyProof } from '../vm/verify.ts';

const ROOT = path.join(import.meta.dirname, '..');
export const FIXTURES = path.join(ROOT, 'test/fixtures/formats');
const CONTEXT = '0123456789abcdef';
const LABELS = 'zero,one,two,three,four,five,six,seven,eight,nine';

/** Files of a release, by format. */
export const FIXTURE_FILES = { zkb: 'model.zkb', record: 'model.record', trace: 'trace.bin', proof: 'proof.bin' } as const;
export type Format = keyof typeof FIXTURE_FILES;

/** What the files of a release say. */
export interface Known {
  release: string;
  /** the word behind each file's magic */
  versions: Record<Format, number>;
  airHash: string;
  contentHash: string;
  modelIds: Record<string, string>;
  name: string;
  labels: string[];
  context: string;
  inputs: Record<string, number[]>;
  outputs: Record<string, number[]>;
  inputsHash: string;
  statementHash: string;
}

const plain = (tensors: Readonly<Record<string, Int32Array>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, [...values]]));

const versionOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);

/** What these files say, by this release. */
export function knownOf(release: string, files: Readonly<Record<Format, Uint8Array>>): Known {
  const { program } = decodeZkb(files.zkb);
  const record = decodeRecord(files.record);
  const verdict = verifyProof(recordedModel(record, PROFILES.test), files.proof, [PROFILES.test]);
  return {
    release,
    versions: Object.fromEntries(Object.entries(files).map(([format, bytes]) => [format, versionOf(bytes)])) as Known['versions'],
    airHash: digestToHex(airHash(MACHINE)),
    contentHash: digestToHex(contentHash(files.zkb)),
    modelIds: Object.fromEntries(profilesOf(record).map((profile) => [profile.name, digestToHex(recordedModel(record, profile).id)])),
    name: program.metadata.name,
    labels: [...program.metadata.labels],
    context: Buffer.from(verdict.context).toString('hex'),
    inputs: plain(verdict.inputs),
    outputs: plain(verdict.outputs),
    inputsHash: digestToHex(verdict.inputsHash),
    statementHash: digestToHex(verdict.statementHash),
  };
}

/** The files of a folder. */
export const readFixtures = (folder: string): Record<Format, Uint8Array> =>
  Object.fromEntries(
    Object.entries(FIXTURE_FILES).map(([format, name]) => [format, new Uint8Array(fs.readFileSync(path.join(folder, name)))]),
  ) as Record<Format, Uint8Array>;

function make(): void {
  const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const folder = path.join(FIXTURES, version);
  if (fs.existsSync(folder)) throw new Error(`${folder} is there: fixtures of a release are made once`);
  fs.mkdirSync(folder, { recursive: true });
  const model = (name: string): string => path.join(ROOT, 'test/models/digits_mlp', name);
  const at = (format: Format): string => path.join(folder, FIXTURE_FILES[format]);
  const zkvm = (...args: string[]): void => {
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], { cwd: ROOT, stdio: 'inherit' });
    if (status !== 0) throw new Error(`zkvm ${args.join(' ')}: exit ${status}`);
  };
  zkvm('compile', model('model.onnx'), '-o', at('zkb'), '--calibrate', model('calib.json'), '--labels', LABELS);
  zkvm('record', at('zkb'), '-o', at('record'));
  zkvm('run', at('zkb'), '--input', model('input.json'), '-o', at('trace'), '--context', CONTEXT);
  zkvm('prove', at('trace'), '-o', at('proof'), '--profile', 'test', '--backend', 'js');
  fs.writeFileSync(path.join(folder, 'known.json'), `${JSON.stringify(knownOf(version, readFixtures(folder)), null, 1)}\n`);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === import.meta.filename) make();
