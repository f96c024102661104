// The profile that proofs are compared under: as weak as `test`, but with work in every place, so that grinding is compared too.
// Caveat: such a proof proves nothing; whole-model runs take a real profile by name.
import { PROFILES, type Profile, profileNamed } from '../../fri/pcs/profile.ts';

export const EASY_PROFILE: Profile = { ...PROFILES.test, queries: 8, work: { query: 6, interaction: 5, deep: 4, fold: 3 } };

/** `easy`, or one of the project's profiles. @throws usage for a name that is none */
export const conformanceProfile = (name: string): Profile => (name === 'easy' ? EASY_PROFILE : profileNamed(name));
