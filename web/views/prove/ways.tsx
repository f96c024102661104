// The ways to give an input besides drawing it: one of the samples, an image file, numbers in a table, JSON. Caveat: whether the numbers fit is the
// library's to say; it is said beside the answer.
import { useState } from 'preact/hooks';
import type { ModelTensors, TensorInfo } from 'zkvm/prover';
import { refusal } from '../../engine/failure.ts';
import { imageValues, type Picture } from '../../files/picture.ts';
import { inputNumbers, samplesOf } from '../../files/tensors.ts';
import { Drop, type DroppedFile } from '../../parts/drop.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Heat } from '../../parts/heat.tsx';
import { TEXT } from '../../text.ts';
import { shape as shapeText } from '../../units.ts';

export interface WayProps {
  onInput(tensors: ModelTensors | undefined): void;
}

const MOST_SAMPLES = 40;

export interface SamplesProps extends WayProps {
  samples: readonly ModelTensors[];
  info: TensorInfo;
  picture: Picture | undefined;
}

export function Samples({ samples, info, picture, onInput }: SamplesProps) {
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  if (samples.length === 0) return <p class="empty">{TEXT.prove.sample.none}</p>;
  return (
    <ul class="samples" aria-label={TEXT.prove.sample.list}>
      {samples.slice(0, MOST_SAMPLES).map((sample, i) => {
        const values = picture && inputNumbers(sample, info.name);
        const label = TEXT.prove.sample.label(i);
        return (
          <li key={i}>
            <button
              type="button"
              aria-pressed={chosen === i}
              onClick={() => {
                setChosen(i);
                onInput(sample);
              }}
            >
              {picture && values ? <Heat label={label} picture={picture} values={values} /> : label}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

export interface ImageProps extends WayProps {
  picture: Picture;
  /** brightness to the model's numbers */
  scaled(values: Float32Array): ModelTensors;
}

export function ImageFile({ picture, scaled, onInput }: ImageProps) {
  const [inverted, setInverted] = useState(picture.channels === 1);
  const [file, setFile] = useState<DroppedFile | undefined>(undefined);
  const [values, setValues] = useState<Float32Array | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const read = async (next: DroppedFile, swap: boolean): Promise<void> => {
    setFile(next);
    try {
      const read = await imageValues(new Blob([next.bytes as BlobPart]), picture, swap);
      setError(undefined);
      setValues(read);
      onInput(scaled(read));
    } catch {
      setError(refusal(TEXT.prove.image.bad, undefined, next.name));
      setValues(undefined);
      onInput(undefined);
    }
  };
  return (
    <div class="stack">
      <Drop
        label={file?.name ?? TEXT.prove.image.drop}
        hint={TEXT.prove.image.hint(shapeText([picture.width, picture.height]))}
        accept="image/*"
        onFiles={([next]) => void read(next!, inverted)}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={inverted}
          onChange={(event) => {
            const swap = event.currentTarget.checked;
            setInverted(swap);
            if (file) void read(file, swap);
          }}
        />
        {TEXT.prove.image.invert}
      </label>
      {error !== undefined && <ErrorNote error={error} />}
      {values && (
        <figure class="seen">
          <Heat label={TEXT.prove.pad.sees} picture={picture} values={values} range={[0, 1]} />
          <figcaption>{TEXT.prove.pad.sees}</figcaption>
        </figure>
      )}
    </div>
  );
}

export interface TableProps extends WayProps {
  info: TensorInfo;
  start: readonly number[];
}

export function Table({ info, start, onInput }: TableProps) {
  const [cells, setCells] = useState<readonly string[]>(start.map(String));
  const change = (i: number, text: string): void => {
    const next = cells.with(i, text);
    setCells(next);
    const numbers = next.map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
    onInput(numbers.every(Number.isFinite) ? { [info.name]: numbers } : undefined);
  };
  return (
    <fieldset class="table">
      <legend>{TEXT.prove.table.label(info.name)}</legend>
      {cells.map((cell, i) => (
        <label key={i}>
          <span>{TEXT.prove.table.column(i)}</span>
          <input
            inputMode="decimal"
            value={cell}
            aria-invalid={!Number.isFinite(Number(cell)) || cell.trim() === ''}
            onInput={(event) => change(i, event.currentTarget.value)}
          />
        </label>
      ))}
    </fieldset>
  );
}

export interface JsonProps extends WayProps {
  names: readonly string[];
  start: string;
}

export function Json({ names, start, onInput }: JsonProps) {
  const [text, setText] = useState(start);
  const [error, setError] = useState<unknown>(undefined);
  const use = (given: string, name: string): void => {
    try {
      onInput(samplesOf({ name, text: given }, names)[0]);
      setError(undefined);
    } catch (failure) {
      setError(failure);
      onInput(undefined);
    }
  };
  return (
    <div class="stack">
      <label class="stack">
        <span class="hidden">{TEXT.prove.json.label}</span>
        <textarea rows={7} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <div class="row">
        <button type="button" class="quiet" onClick={() => use(text, TEXT.prove.json.file)}>
          {TEXT.prove.json.use}
        </button>
        <Drop
          class="drop-small"
          label={TEXT.prove.json.drop}
          accept=".json,.jsonl,.csv,.tsv"
          onFiles={([file]) => {
            const read = new TextDecoder().decode(file!.bytes);
            setText(read);
            use(read, file!.name);
          }}
        />
      </div>
      {error !== undefined && <ErrorNote error={error} />}
    </div>
  );
}
