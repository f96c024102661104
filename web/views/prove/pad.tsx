// A square to draw in, with a mouse, a finger, a pen, or the keyboard. Source: pointer events. Caveat: what the model sees is fitted to the square that
// its training data filled (files/picture.ts); it is shown beside the drawing.
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Picture, type Point, rasterised, type Stroke } from '../../files/picture.ts';
import { Heat } from '../../parts/heat.tsx';
import { TEXT } from '../../text.ts';

const SIZE = 280;
const PEN = 22;
/** of the square, that an arrow key moves the pen */
const STEP = 0.04;
const STEPS: Readonly<Record<string, Point>> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

export interface PadProps {
  picture: Picture;
  grid: number | undefined;
  /** brightness of each pixel, 0 to 1; undefined for an empty square */
  onPicture(values: Float32Array | undefined): void;
}

const within = (x: number): number => Math.max(0, Math.min(1, x));

export function Pad({ picture, grid, onPicture }: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [pen, setPen] = useState<{ at: Point; down: boolean } | undefined>(undefined);
  const [seen, setSeen] = useState<Float32Array | undefined>(undefined);
  const drawing = useRef(false);

  const draw = (next: readonly Stroke[]): void => {
    setStrokes(next);
    const values = next.length > 0 ? rasterised(next, picture, grid) : undefined;
    setSeen(values);
    onPicture(values);
  };
  const extend = (point: Point): void => draw([...strokes.slice(0, -1), [...(strokes.at(-1) ?? []), point]]);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.clearRect(0, 0, SIZE, SIZE);
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      const [first, ...rest] = stroke;
      context.moveTo(first![0] * SIZE, first![1] * SIZE);
      for (const [x, y] of rest.length ? rest : stroke) context.lineTo(x * SIZE, y * SIZE);
      context.stroke();
    }
    if (!pen) return;
    context.beginPath();
    context.lineWidth = 2;
    context.arc(pen.at[0] * SIZE, pen.at[1] * SIZE, PEN / 2 + (pen.down ? 2 : 5), 0, 2 * Math.PI);
    context.stroke();
  }, [strokes, pen]);

  const place = (event: PointerEvent): Point => {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    return [within((event.clientX - left) / width), within((event.clientY - top) / height)];
  };
  const key = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    const known = pen ?? { at: [0.5, 0.5] as const, down: false };
    if (step) {
      const at: Point = [within(known.at[0] + step[0]), within(known.at[1] + step[1])];
      setPen({ ...known, at });
      if (known.down) extend(at);
    } else if (event.key === ' ') {
      setPen({ ...known, down: !known.down });
      if (!known.down) draw([...strokes, [known.at]]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') draw([]);
    else return;
    event.preventDefault();
  };
  const said = pen && TEXT.prove.pad.pen(pen.down, Math.round(100 * pen.at[0]), Math.round(100 * pen.at[1]));

  return (
    <div class="pad">
      <div class="pad-square">
        {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys of its own, which is what this role says */}
        <canvas
          ref={canvas}
          width={SIZE}
          height={SIZE}
          class="heat-ink"
          tabIndex={0}
          role="application"
          aria-label={TEXT.prove.pad.label}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            drawing.current = true;
            setPen(undefined);
            draw([...strokes, [place(event)]]);
          }}
          onPointerMove={(event) => drawing.current && extend(place(event))}
          onPointerUp={() => {
            drawing.current = false;
          }}
          onPointerCancel={() => {
            drawing.current = false;
          }}
          onKeyDown={key}
          onBlur={() => setPen(undefined)}
        />
        {strokes.length === 0 && !pen && (
          <span class="pad-hint" aria-hidden="true">
            {TEXT.prove.pad.hint}
          </span>
        )}
        {strokes.length > 0 && (
          <button type="button" class="pad-clear" onClick={() => draw([])}>
            {TEXT.prove.pad.clear}
          </button>
        )}
      </div>
      <figure class="seen">
        <Heat
          label={TEXT.prove.pad.sees}
          picture={picture}
          values={seen ?? new Float32Array(picture.height * picture.width)}
          range={[0, 1]}
        />
        <figcaption>{TEXT.prove.pad.sees}</figcaption>
      </figure>
      <p class="hidden" aria-live="polite">
        {said}
      </p>
    </div>
  );
}
