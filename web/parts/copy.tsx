// A button that puts a text on the clipboard and says so. Caveat: browsers may refuse; then it says that.
import { useEffect, useState } from 'preact/hooks';
import { TEXT } from '../text.ts';

const SHOWN_MS = 2000;

export function Copy({ text, label, class: own = 'quiet' }: { text: () => string; label: string; class?: string }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text()); // which is not there at all for a page without TLS
      setState('done');
    } catch {
      setState('failed');
    }
  };
  return (
    <button type="button" class={own} onClick={() => void copy()}>
      <span aria-live="polite">{state === 'idle' ? label : state === 'done' ? TEXT.copy.done : TEXT.copy.failed}</span>
    </button>
  );
}
