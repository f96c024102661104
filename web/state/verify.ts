// The proof and the record that are to be verified, and the verdict. Caveat: what a file is, its first bytes say, never its name; a file that was
// changed so that it is none of ours is told as that.
import { signal } from '@preact/signals';
import type { Verdict } from 'zkvm/verifier';
import { maker, verifier } from '../engine/engines.ts';
import { refusal } from '../engine/failure.ts';
import { kindOf } from '../files/kind.ts';
import { sharedOf } from '../files/share.ts';
import type { DroppedFile } from '../parts/drop.tsx';
import { TEXT } from '../text.ts';

export interface Verified {
  verdict: Verdict & { ms: number };
  proof: DroppedFile;
  record: DroppedFile;
  /** labels of the model's classes */
  names: readonly string[];
}

interface Parts {
  proof: DroppedFile | undefined;
  record: DroppedFile | undefined;
}

export type VerifyState = Parts &
  (
    | { kind: 'waiting' }
    | { kind: 'checking' }
    | { kind: 'accepted'; verified: Verified }
    | { kind: 'refused'; error: unknown }
    | { kind: 'unreadable'; error: unknown }
  );

const EMPTY: VerifyState = { kind: 'waiting', proof: undefined, record: undefined };
export const verifyState = signal<VerifyState>(EMPTY);

export const startAgain = (): void => {
  verifyState.value = EMPTY;
};

/** A compiled model does instead of a record: its record is made here, for the profile of the proof. */
async function recordOfModel(model: DroppedFile, proof: DroppedFile): Promise<DroppedFile> {
  const opened = await maker.ask('inspect', { bytes: proof.bytes });
  const profile = opened.kind === 'proof' ? (opened.profile ?? 'proven') : 'proven';
  const { key } = await maker.ask('load', { zkb: model.bytes });
  const { bytes } = await maker.ask('record', { key, profile });
  void maker.ask('forget', { key });
  return { name: model.name, bytes };
}

async function check({ proof, record }: { proof: DroppedFile; record: DroppedFile }): Promise<void> {
  verifyState.value = { kind: 'checking', proof, record };
  try {
    const { names, ...verdict } = await verifier.ask('verify', { proof: proof.bytes, record: record.bytes });
    verifyState.value = { kind: 'accepted', proof, record, verified: { verdict, proof, record, names } };
  } catch (error) {
    verifyState.value = { kind: 'refused', proof, record, error };
  }
}

/** Files that were dropped: a proof, a record or a model, in any order. */
export async function give(files: readonly DroppedFile[]): Promise<void> {
  const before = verifyState.value;
  let { proof, record } = before;
  let model: DroppedFile | undefined;
  verifyState.value = { kind: 'checking', proof, record };
  try {
    for (const file of files) {
      const kind = kindOf(file.bytes);
      if (kind === 'proof') proof = file;
      else if (kind === 'record') record = file;
      else if (kind === 'model') model = file;
      else
        throw refusal(TEXT.verify.wrongKind(file.name, kind ? TEXT.verify.kinds[kind] : TEXT.verify.otherFile), TEXT.verify.wrongKindFix);
    }
    if (model && proof) record = await recordOfModel(model, proof);
    else if (model) throw refusal(TEXT.verify.modelFirst, TEXT.verify.modelFirstFix, model.name);
  } catch (error) {
    verifyState.value = { kind: 'unreadable', proof, record, error };
    return;
  }
  if (proof && record) await check({ proof, record });
  else verifyState.value = { kind: 'waiting', proof, record };
}

/** What a link carries behind the view's name. */
export async function giveLink(part: string): Promise<void> {
  try {
    const { proof, record } = sharedOf(part);
    await check({ proof: { name: TEXT.verify.fromLink, bytes: proof }, record: { name: TEXT.verify.fromLink, bytes: record } });
  } catch (error) {
    verifyState.value = { ...EMPTY, kind: 'unreadable', error };
  }
}
