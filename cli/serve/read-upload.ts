// A model that somebody sent, made ready to be kept: a `.zkb` is checked, an ONNX file is compiled; both are committed once a profile, for the record.
// Source: cli/compile.ts does the same with files. Caveat: a hostile file may take all the time and memory that it is given, so this runs in a thread
// that is ended at a limit (upload.ts).
import fs from 'node:fs';
import path from 'node:path';
import { compileOnnx } from '../../compiler/index.ts';
import { asLimit } from '../../compiler/lower/loadable.ts';
import { inputSpecs } from '../../compiler/onnx/inputs.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { fewSamples } from '../../compiler/report/few-samples.ts';
import { encodeReport } from '../../compiler/report/stored.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { retold, usage, ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { selectBackend } from '../../gpu/select.ts';
import { fileKindOf } from '../../vm/files/magic.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { requireDetermined } from '../../vm/program/audit.ts';
import { tableKind } from '../../vm/program/exact.ts';
import { makeRecord } from '../../vm/statement/make-record.ts';
import { loadModel } from '../../vm/statement/model.ts';
import { contentHash } from '../../vm/statement/record.ts';
import { encodeRecord, recordedModel } from '../../vm/statement/record-file.ts';
import { fixedSpecs, readCalibration, uniformSamples, wholeInputs } from '../io/calibration.ts';
import { missLines } from '../report/accuracy.ts';
import type { AboutModel } from './models.ts';

/** What came with a model; the options are those of `zkvm compile`. */
export interface Upload {
  bytes: Uint8Array;
  /** samples, and the name of their file, which says whether it is JSON or .npy */
  calibration?: { bytes: Uint8Array; name: string } | undefined;
  name?: string | undefined;
  labels?: readonly string[] | undefined;
  accuracy?: number | undefined;
  acceptError?: number | undefined;
  batch?: number | undefined;
  bits?: number | undefined;
  strict?: boolean | undefined;
}

/** profiles of the record; that of the chain is committed at eight times the size, and its verifier is the contract */
const RECORDED = [PROFILES.proven, PROFILES.fast] as const;

export interface ReadModel {
  zkb: Uint8Array;
  /** what a verifier needs of it */
  record: Uint8Array;
  about: AboutModel;
}

const isZkb = (bytes: Uint8Array): boolean => fileKindOf(bytes) === 'model';

const FILE = 'model.onnx';

/** Errors about a file in the folder, told as what the caller knows: the file's name alone. */
function withoutFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ZkvmError)) throw error;
    const plain = (text: string | undefined): string | undefined => text?.replaceAll(folder + path.sep, '');
    const { what, where, why } = error;
    throw retold(error.kind, error, {
      what: plain(what)!,
      ...(where !== undefined && { where: plain(where)! }),
      ...(why !== undefined && { why: plain(why)! }),
    });
  }
}

function compiled(upload: Upload, folder: string): { zkb: Uint8Array; notes: string[] } {
  const { calibration: given, name, labels = [], accuracy, acceptError, batch, bits, strict } = upload;
  const model = readOnnx(upload.bytes);
  const samples = path.join(folder, given?.name.endsWith('.npy') ? 'calibration.npy' : 'calibration.json');
  if (given) fs.writeFileSync(samples, given.bytes);
  const calibration = given
    ? withoutFolder(folder, () => readCalibration(samples, inputSpecs(model)))
    : uniformSamples(fixedSpecs(model, new Map(), FILE), wholeInputs(model));
  const { program, report, measuredOn, notes } = compileOnnx(model, {
    calibration,
    file: FILE,
    labels,
    ...(name !== undefined && { name }),
    ...(batch !== undefined && { batch }),
    ...(bits !== undefined && { activationBits: bits }),
    ...(accuracy !== undefined && { accuracy }),
    ...(acceptError !== undefined && { acceptError }),
    strict: strict ?? false,
  });
  const guessed = given ? [] : ['no calibration: inputs are taken to be uniform in [-1, 1]; give typical inputs for good accuracy'];
  try {
    return {
      zkb: encodeProgram(program, encodeReport({ samples: measuredOn, report })),
      notes: [...guessed, ...notes, ...fewSamples(measuredOn), ...missLines(report, measuredOn)],
    };
  } catch (error) {
    throw asLimit(program, error);
  }
}

/**
 * @param folder for files of the work, which the caller removes
 * @throws what `zkvm compile` throws for the model and its samples, ZK034x for a program that breaks a rule
 */
export async function readUpload(upload: Upload, folder: string): Promise<ReadModel> {
  if (upload.bytes.length === 0) throw usage('ZK0914', { what: 'the model is empty', fix: 'send the bytes of a .zkb or an ONNX file' });
  const { zkb, notes } = isZkb(upload.bytes) ? { zkb: upload.bytes, notes: [] } : compiled(upload, folder);
  const { program, report } = decodeZkb(zkb, true);
  const { backend, close } = await selectBackend('auto', { threads: 1 });
  try {
    requireDetermined(program);
    const record = await makeRecord(program, report, (profile) => loadModel(program, profile, backend), RECORDED).catch(
      (error: unknown) => {
        throw isZkb(upload.bytes) ? error : asLimit(program, error);
      },
    );
    const { inputs, outputs, metadata } = program;
    return {
      zkb,
      record: encodeRecord(record),
      about: {
        id: digestToHex(contentHash(zkb)),
        name: metadata.name,
        bytes: zkb.length,
        inputs,
        outputs,
        metadata,
        tables: tableKind(program),
        modelIds: Object.fromEntries(RECORDED.map((profile) => [profile.name, digestToHex(recordedModel(record, profile).id)])),
        notes,
      },
    };
  } finally {
    await close();
  }
}
