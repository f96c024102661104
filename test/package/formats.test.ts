// Files of every release are read, verified and say today what they said then; a file of a format's next version is refused with its own error.
// Source: docs/FORMATS.md, bench/formats.ts. Caveat: one small model; what else a format can hold is tested where the format is read.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FIXTURE_FILES, FIXTURES, type Format, type Known, knownOf, readFixtures } from '../../bench/formats.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { decodeTrace, encodeTrace } from '../../vm/files/trace.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { loadModel } from '../../vm/statement/model.ts';
import { decodeRecord, encodeRecord, recordedModel } from '../../vm/statement/record-file.ts';
import { verifyProof } from '../../vm/verify.ts';
import { code } from '../failure.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const releases = fs.readdirSync(FIXTURES).sort();
const textOf = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** reads and writes again, for each format; and the errors for another version and for a damaged magic */
const READERS: Record<Format, { again(bytes: Uint8Array): Uint8Array; otherVersion: string; otherMagic: string }> = {
  zkb: { again: (bytes) => encodeProgram(decodeZkb(bytes).program, decodeZkb(bytes).report), otherVersion: 'ZK0302', otherMagic: 'ZK0301' },
  record: { again: (bytes) => encodeRecord(decodeRecord(bytes)), otherVersion: 'ZK0302', otherMagic: 'ZK0301' },
  trace: { again: (bytes) => encodeTrace(decodeTrace(bytes)), otherVersion: 'ZK0302', otherMagic: 'ZK0301' },
  proof: { again: (bytes) => encodeProofFile(decodeProofFile(bytes)), otherVersion: 'ZK0331', otherMagic: 'ZK0330' },
};
const FORMATS = Object.keys(FIXTURE_FILES) as Format[];

/** the bytes with one of them larger: no format has a hundred versions */
const changed = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte + 100 : byte));

test('this release has its fixtures; if not: npm run fixtures', () => {
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  expect(releases).toContain(version);
});

describe.each(releases)('the files of release %s', (release) => {
  const folder = path.join(FIXTURES, release);
  const files = readFixtures(folder);
  const known = JSON.parse(fs.readFileSync(path.join(folder, 'known.json'), 'utf8')) as Known;

  test('say what they said', () => {
    expect(knownOf(release, files)).toEqual(known);
    expect(decodeTrace(files.trace)).toMatchObject({
      inputs: Object.fromEntries(Object.entries(known.inputs).map(([name, values]) => [name, Int32Array.from(values)])),
      outputs: Object.fromEntries(Object.entries(known.outputs).map(([name, values]) => [name, Int32Array.from(values)])),
      context: new Uint8Array(Buffer.from(known.context, 'hex')),
      zkb: files.zkb,
    });
  });

  test.each(FORMATS)('%s is written as it was read', (format) => {
    expect(Buffer.from(READERS[format].again(files[format])).equals(files[format])).toBe(true);
  });

  test.each(FORMATS)('%s of another version, or with another magic, is refused with the error for that', (format) => {
    const { again, otherVersion, otherMagic } = READERS[format];
    expect(code(() => again(changed(files[format], 4)))).toBe(otherVersion);
    expect(code(() => again(changed(files[format], 0)))).toBe(otherMagic);
    expect(code(() => again(files[format].subarray(0, -1)))).not.toBe('accepted');
  });

  test('the proof is accepted with the program and with the record, and about another output with neither', async () => {
    const { program } = decodeZkb(files.zkb);
    const loaded = await loadModel(program, PROFILES.test, jsBackend());
    for (const model of [loaded, recordedModel(decodeRecord(files.record), PROFILES.test)]) {
      expect(code(() => verifyProof(model, files.proof, [PROFILES.test]))).toBe('accepted');
      expect(code(() => verifyProof(model, files.proof, [PROFILES.proven]))).not.toBe('accepted');
      const { outputs } = decodeProofFile(files.proof);
      const other = outputs.map((values) => values.map((value) => value + 1));
      const forged = encodeProofFile({ ...decodeProofFile(files.proof), outputs: other });
      expect(code(() => verifyProof(model, forged, [PROFILES.test]))).not.toBe('accepted');
    }
  });

  test('docs/FORMATS.md states these versions', () => {
    const row = `| ${release} | ${FORMATS.map((format) => known.versions[format]).join(' | ')} |`;
    expect(textOf('docs/FORMATS.md')).toContain(`\n${row}\n`);
  });
});
