// The tensors that a step reads and writes: each as a heat map, green above 0 and red below it, with the number under the pointer, and as a table for who
// hears or copies it. Caveat: colours are scaled by the tensor's own largest value; tables are cut, and say so.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StepDetail } from 'zkvm/debugger';
import { Scroll } from '../../parts/scroll.tsx';
import { TEXT } from '../../text.ts';
import { shape as shapeText } from '../../units.ts';
import { placeText } from './places.ts';

type Operand = StepDetail['operands'][number];

const TABLE_ROWS = 64;
const TABLE_COLUMNS = 32;
/** pixels of a number in the picture, at least and at most */
const SIZES = [2, 16] as const;
const WIDTH = 560;
/** numbers beside each other, planes counted together */
const ACROSS = 140;

/** the place of a flat index: `row 2, position 5` */
function placeOf({ shape, axes }: Operand, index: number): string {
  const parts: string[] = [];
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    parts.unshift(TEXT.trace.tensor.axis(axes[i]!, rest % shape[i]!));
    rest = Math.floor(rest / shape[i]!);
  }
  return parts.join(', ');
}

function spanOf(values: Int32Array): [number, number] {
  let [least, most] = [0, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** a colour of the style as red, green, blue */
function colour(canvas: HTMLCanvasElement, name: string): [number, number, number] {
  const text = getComputedStyle(canvas).getPropertyValue(name).trim();
  const number = Number.parseInt(text.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

/** How planes lie in the picture: beside each other, a pixel between them. A plane is rows × columns of the last two axes, or of all where rows are one. */
function layoutOf({ shape, values }: Operand): { columns: number; rows: number; planes: number; across: number } {
  const columns = shape.at(-1)!;
  const rows = shape.length > 2 && shape.at(-2)! > 1 ? shape.at(-2)! : values.length / columns;
  const planes = values.length / (rows * columns);
  return { columns, rows, planes, across: Math.min(planes, Math.max(1, Math.floor(ACROSS / (columns + 1)))) };
}

function HeatMap({ operand }: { operand: Operand }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [under, setUnder] = useState<number | undefined>(undefined);
  const { values, role, shape } = operand;
  const { columns, rows, planes, across } = layoutOf(operand);
  const width = across * (columns + 1) - 1;
  const height = Math.ceil(planes / across) * (rows + 1) - 1;
  const size = Math.max(SIZES[0], Math.min(SIZES[1], Math.floor(WIDTH / width)));
  useEffect(() => {
    const own = canvas.current;
    const context = own?.getContext('2d');
    if (!own || !context) return;
    const [above, below] = [colour(own, '--accent'), colour(own, '--bad')];
    const [least, most] = spanOf(values);
    const largest = Math.max(most, -least) || 1;
    const image = context.createImageData(width, height);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const plane = Math.floor(i / (rows * columns));
      const x = (plane % across) * (columns + 1) + (i % columns);
      const y = Math.floor(plane / across) * (rows + 1) + (Math.floor(i / columns) % rows);
      const at = 4 * (y * width + x);
      image.data.set(value < 0 ? below : above, at);
      // the square root, so that small values are seen beside large ones
      image.data[at + 3] = Math.round(255 * Math.sqrt(Math.abs(value) / largest));
    }
    context.putImageData(image, 0, 0);
  }, [operand]);
  const place = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * height);
    const [column, row] = [x % (columns + 1), y % (rows + 1)];
    const plane = Math.floor(y / (rows + 1)) * across + Math.floor(x / (columns + 1));
    const inside = x >= 0 && y >= 0 && column < columns && row < rows && plane < planes;
    setUnder(inside ? (plane * rows + row) * columns + column : undefined);
  };
  return (
    <div class="trace-heat">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        style={{ width: `${width * size}px` }}
        role="img"
        aria-label={TEXT.trace.tensor.picture(role, shapeText(shape))}
        onMouseMove={place}
        onMouseLeave={() => setUnder(undefined)}
      />
      <p class="soft trace-under" aria-hidden="true">
        {under === undefined
          ? TEXT.trace.tensor.range(...spanOf(values))
          : TEXT.trace.tensor.value(placeOf(operand, under), values[under]!)}
      </p>
    </div>
  );
}

function Numbers({ operand, columns, rows }: { operand: Operand; columns: number; rows: number }) {
  const [open, setOpen] = useState(false);
  const { values, axes, shape } = operand;
  const [shownRows, shownColumns] = [Math.min(rows, TABLE_ROWS), Math.min(columns, TABLE_COLUMNS)];
  const rowName = (row: number): string => placeOf({ ...operand, shape: shape.slice(0, -1), axes: axes.slice(0, -1) }, row);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{TEXT.trace.tensor.numbers}</summary>
      {open && (
        <>
          {(shownRows < rows || shownColumns < columns) && <p class="soft">{TEXT.trace.tensor.cut(shownRows, shownColumns)}</p>}
          <Scroll label={TEXT.trace.tensor.numbers}>
            <table class="trace-table">
              <thead>
                <tr>
                  <td />
                  {Array.from({ length: shownColumns }, (_, x) => (
                    <th key={x} scope="col">
                      {TEXT.trace.tensor.axis(axes.at(-1)!, x)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {Array.from({ length: shownRows }, (_, y) => (
                  <tr key={y}>
                    <th scope="row">{rowName(y)}</th>
                    {Array.from({ length: shownColumns }, (__, x) => (
                      <td key={x}>{values[y * columns + x]}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
    </details>
  );
}

const ownerText = ({ kind, name, step }: Operand['owners'][number]): string => {
  const words = TEXT.trace.owner;
  if (kind === 'step') return name === undefined ? words.step(step!) : `${words.step(step!)}, ${name}`;
  return name === undefined ? words[kind] : `${words[kind]} ${name}`;
};

const OWNERS = 3;

function Tensor({ operand }: { operand: Operand }) {
  const { does, role, operand: letter, shape, values, addresses, owners } = operand;
  const columns = shape.at(-1)!;
  const rows = values.length / columns;
  const words = TEXT.trace.tensor;
  return (
    <section class="trace-tensor">
      <h3>{words.heading(does, letter, role)}</h3>
      <p class="soft">
        {shapeText(shape)} {words.at(placeText(addresses[0]!))} · {owners.slice(0, OWNERS).map(ownerText).join('; ')}
        {owners.length > OWNERS && ` ${TEXT.trace.more(owners.length - OWNERS)}`}
      </p>
      {values.length === 1 ? <p>{values[0]}</p> : <HeatMap operand={operand} />}
      {values.length > 1 && <Numbers operand={operand} columns={columns} rows={rows} />}
    </section>
  );
}

export function Tensors({ operands }: { operands: readonly Operand[] }) {
  if (operands.length === 0) return <p class="soft">{TEXT.trace.tensor.none}</p>;
  return (
    <div class="trace-tensors">
      {operands.map((operand) => (
        <Tensor key={`${operand.does} ${operand.operand}`} operand={operand} />
      ))}
    </div>
  );
}
