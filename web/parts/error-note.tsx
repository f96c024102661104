// An error as the library tells it: what, where, why, and what helps, with its code. Caveat: texts of files come through as text, never as markup.
import { detailOf } from '../engine/failure.ts';
import { TEXT } from '../text.ts';

export function ErrorNote({ error, heading = TEXT.error.heading, fix: known }: { error: unknown; heading?: string; fix?: string }) {
  const { code, kind, what, where, why, fix = known } = detailOf(error);
  const rows = [
    [TEXT.error.where, where],
    [TEXT.error.why, why],
    [TEXT.error.fix, fix ?? (kind === 'bug' && known === undefined ? TEXT.error.bug : undefined)],
    [TEXT.error.code, code],
  ] as const;
  return (
    <section class="error-note" role="alert">
      <h3>{heading}</h3>
      <p>{what}</p>
      <dl>
        {rows.map(
          ([term, value]) =>
            value !== undefined && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
