// The record of a program: what it is committed to under each blowup. Source: DESIGN §5. Caveat: it takes as long as loading the model under every profile,
// and is made of programs with one answer only.
import { airHash } from '../../air/machine.ts';
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { MACHINE } from '../chips/machine.ts';
import { requireDetermined } from '../program/audit.ts';
import type { Program } from '../program/types.ts';
import type { VerifiableModel } from './model.ts';
import { exactnessOf, type FixedTree } from './record.ts';
import type { RecordFile } from './record-file.ts';

/**
 * Commits to a program once for each blowup.
 * @param profiles that proofs may have; one that the program is too large for is left out, if another is left
 * @param load commits, as `loadModel` does
 * @throws rejected ZK0347 for a program that may have several answers; as `load`
 */
export async function makeRecord(
  program: Program,
  report: Uint8Array,
  load: (profile: Profile) => Promise<Pick<VerifiableModel, 'record'>>,
  profiles: readonly Profile[] = [PROFILES.proven, PROFILES.chain],
): Promise<RecordFile> {
  // a record has no room to say that there may be other answers
  requireDetermined(program);
  const roots = new Map<number, readonly FixedTree[]>();
  let tooLarge: ZkvmError | undefined;
  for (const profile of profiles) {
    if (roots.has(profile.logBlowup)) continue;
    try {
      const { record } = await load(profile);
      roots.set(profile.logBlowup, record.trees);
    } catch (error) {
      if (!(error instanceof ZkvmError && error.code === 'ZK0346')) throw error;
      tooLarge = error;
    }
  }
  if (roots.size === 0) throw tooLarge ?? usage('ZK0314', { what: 'a record of no profile', fix: 'name one' });
  const { ramLogSize, inputs, outputs, metadata, slots } = program;
  return {
    airHash: airHash(MACHINE),
    roots: [...roots].map(([logBlowup, trees]) => ({ logBlowup, trees })).sort((a, b) => a.logBlowup - b.logBlowup),
    ramLogSize,
    inputs,
    outputs,
    metadata,
    exactness: exactnessOf(slots),
    report,
  };
}
