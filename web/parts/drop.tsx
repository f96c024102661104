// A place for files: dropped, or chosen with the browser's own dialog. Source: HTML drag and drop. Caveat: files are read as a whole, into memory.
import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';

export interface DroppedFile {
  name: string;
  bytes: Uint8Array;
}

export const readFiles = (files: Iterable<File>): Promise<DroppedFile[]> =>
  Promise.all([...files].map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));

export interface DropProps {
  /** what is wanted, also for who hears the page */
  label: string;
  hint?: string;
  /** endings and kinds, as `accept` has them */
  accept?: string;
  multiple?: boolean;
  disabled?: boolean;
  class?: string;
  children?: ComponentChildren;
  onFiles(files: DroppedFile[]): void;
}

export function Drop({ label, hint, accept, multiple = false, disabled = false, class: own = '', children, onFiles }: DropProps) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const take = async (list: FileList | null | undefined): Promise<void> => {
    const files = [...(list ?? [])].slice(0, multiple ? undefined : 1);
    if (files.length > 0 && !disabled) onFiles(await readFiles(files));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the field inside is what keyboards and readers use
    <div
      class={`drop ${over ? 'drop-over' : ''} ${own}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(!disabled);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files);
      }}
    >
      <label for={id}>
        <span class="drop-label">{label}</span>
        {hint && <span class="drop-hint">{hint}</span>}
      </label>
      <input
        id={id}
        ref={input}
        type="file"
        class="hidden"
        multiple={multiple}
        disabled={disabled}
        {...(accept && { accept })}
        onChange={async (event) => {
          const field = event.currentTarget;
          await take(field.files);
          field.value = ''; // the same file may be chosen again
        }}
      />
      {children}
    </div>
  );
}
