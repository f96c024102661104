// What the commands that go on with an undetermined program (--allow-undetermined) say about it. Source: vm/program/audit.ts.
// Caveat: the line stands first, before any verdict that it takes the worth from.

import { type Audit, type AuditOptions, undeterminedText } from '../vm/program/audit.ts';

export const auditOptions = (args: { readonly options: { readonly 'allow-undetermined': boolean } }): AuditOptions => ({
  allowUndetermined: args.options['allow-undetermined'],
});

/** one line for people, none for a program with one answer */
export const warningLines = (audit: Audit): string[] =>
  audit.determined
    ? []
    : [`NOT DETERMINED: the outputs may not be the only ones that can be proved for their inputs: ${undeterminedText(audit)}`];

/** fields of a JSON object */
export function auditJson(audit: Audit): Record<string, unknown> {
  const { determined } = audit;
  if (determined) return { determined };
  const { pc, instruction, node, rule, reason } = audit;
  return { determined, undetermined: { pc, instruction, node: node ?? null, rule, reason } };
}
