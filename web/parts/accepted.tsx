// The sheet of a proof that was accepted: what it says, as the verifier read it. Caveat: who made it, and whether the record is the right one, others know.
import type { ComponentChildren } from 'preact';
import type { Verdict } from 'zkvm/verifier';
import { Certificate } from './certificate.tsx';

export interface AcceptedProps {
  verdict: Verdict;
  proof: Uint8Array;
  record: Uint8Array;
  verifyMs: number;
  proveMs?: number;
  /** all labels of the model */
  names: readonly string[];
  /** instead of the words of an accepted proof */
  heading?: string;
  children?: ComponentChildren;
}

export function Accepted({ verdict, proof, record, verifyMs, proveMs, names, heading, children }: AcceptedProps) {
  const proved = { ...verdict, proofBytes: proof.length, recordBytes: record.length, verifyMs, proveMs };
  return (
    <Certificate
      state="accepted"
      heading={heading}
      model={verdict.model}
      inputs={verdict.inputs}
      roots={verdict.roots}
      outputs={verdict.outputs}
      labels={verdict.labels}
      names={names}
      proved={proved}
    >
      {children}
    </Certificate>
  );
}
