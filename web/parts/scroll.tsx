// A wide or long table in a window of its own that keys reach and scroll. Source: WCAG 2.1.1. Caveat: it is a landmark with a name, so use it sparingly.
import type { ComponentChildren } from 'preact';

export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
