// A tensor as a picture: grey values as ink of their strength, three planes as colours. Source: pictureOf says which tensors are one. Caveat: scaled
// between the least and the largest value that it is told, else its own.
import { useEffect, useRef } from 'preact/hooks';
import type { Picture } from '../files/picture.ts';

export interface HeatProps {
  label: string;
  picture: Picture;
  values: ArrayLike<number>;
  range?: readonly [least: number, most: number] | undefined;
  class?: string;
}

function span(values: ArrayLike<number>): [number, number] {
  let [least, most] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  return [least, most];
}

export function Heat({ label, picture: { channels, height, width }, values, range, class: own = '' }: HeatProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const [least, most] = range?.every(Number.isFinite) ? range : span(values);
    const size = height * width;
    const image = context.createImageData(width, height);
    const part = (i: number): number => Math.round(255 * Math.max(0, Math.min(1, (values[i]! - least) / (most - least || 1))));
    for (let i = 0; i < size; i++) {
      if (channels === 1)
        image.data[4 * i + 3] = part(i); // black of that strength; the style turns it in the dark
      else {
        for (let c = 0; c < 3; c++) image.data[4 * i + c] = part(c * size + i);
        image.data[4 * i + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  });
  return (
    <canvas
      ref={canvas}
      width={width}
      height={height}
      role="img"
      aria-label={label}
      class={`heat ${channels === 1 ? 'heat-ink' : ''} ${own}`}
    />
  );
}
