// Moving and zooming a drawing: one pointer drags, two pinch, Ctrl and the wheel zoom where the pointer is. Source: Pointer Events (W3C). Caveat: a plain
// wheel scrolls the page as everywhere else.
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Size } from './size.ts';

/** a point p of the drawing is seen at p · k + (x, y) */
export interface Camera {
  x: number;
  y: number;
  k: number;
}

const LEAST = 0.02;
const MOST = 2.5;
/** smaller than this nobody reads a box */
const READABLE = 0.62;
const WHEEL = 0.0022;
/** pixels that a finger trembles */
const STILL = 4;

const limited = (k: number): number => Math.min(MOST, Math.max(LEAST, k));

/** zooms by a factor with a point of the screen in its place */
export const zoomedAt = ({ x, y, k }: Camera, factor: number, at: { x: number; y: number }): Camera => {
  const next = limited(k * factor);
  const real = next / k;
  return { x: at.x - (at.x - x) * real, y: at.y - (at.y - y) * real, k: next };
};

/** everything at once, at its own size at most */
export const fitted = (screen: Size, content: Size): Camera => {
  const k = limited(Math.min(1, screen.width / (content.width || 1), screen.height / (content.height || 1)));
  return { x: (screen.width - content.width * k) / 2, y: Math.max(0, (screen.height - content.height * k) / 2), k };
};

/** where one begins to read: all of it, or its top */
export function firstLook(screen: Size, content: Size, top: { x: number }): Camera {
  const all = fitted(screen, content);
  if (all.k >= READABLE) return all;
  const k = Math.min(1, Math.max(READABLE, screen.width / (content.width || 1)));
  // as much to the left as there is
  const x = Math.min(0, Math.max(screen.width - content.width * k, screen.width / 2 - top.x * k));
  return { x: content.width * k < screen.width ? (screen.width - content.width * k) / 2 : x, y: 0, k };
}

/** with a rectangle of the drawing on the screen, moved no further than it takes */
export function showing({ x, y, k }: Camera, screen: Size, box: { x: number; y: number } & Size): Camera {
  const margin = 16;
  const into = (offset: number, start: number, length: number, most: number): number => {
    const [low, high] = [start * k + offset, (start + length) * k + offset];
    if (low < margin) return offset + margin - low;
    return high > most - margin ? offset + most - margin - high : offset;
  };
  return { x: into(x, box.x, box.width, screen.width), y: into(y, box.y, box.height, screen.height), k };
}

/** without empty space at an edge where there is more on the other side; what fits is in the middle */
export function held({ x, y, k }: Camera, screen: Size, content: Size): Camera {
  const inside = (offset: number, length: number, most: number): number =>
    length * k <= most ? (most - length * k) / 2 : Math.min(0, Math.max(most - length * k, offset));
  return { x: inside(x, content.width, screen.width), y: inside(y, content.height, screen.height), k };
}

/** The camera of a drawing, led by pointers. @returns `dragged`: whether the click that comes now ends a drag */
export function useCamera(element: RefObject<SVGSVGElement | null>): {
  camera: Camera;
  setCamera: (next: Camera | ((now: Camera) => Camera)) => void;
  dragged: () => boolean;
} {
  const [camera, setCamera] = useState<Camera>({ x: 0, y: 0, k: 1 });
  const moved = useRef(false);
  useEffect(() => {
    const own = element.current;
    if (!own) return;
    const pointers = new Map<number, { x: number; y: number }>();
    let start: { x: number; y: number } | undefined;
    const at = ({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } => {
      const { left, top } = own.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };
    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, at(event));
      if (pointers.size === 1) [start, moved.current] = [at(event), false];
    };
    const move = (event: PointerEvent): void => {
      const before = pointers.get(event.pointerId);
      if (!before || !start) return;
      const now = at(event);
      if (!moved.current && Math.hypot(now.x - start.x, now.y - start.y) < STILL) return;
      // captured only now: a click that moves nothing stays the box's
      if (!moved.current) own.setPointerCapture(event.pointerId);
      moved.current = true;
      pointers.set(event.pointerId, now);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (!other) {
        setCamera((camera) => ({ ...camera, x: camera.x + now.x - before.x, y: camera.y + now.y - before.y }));
        return;
      }
      const spread = (point: { x: number; y: number }): number => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      setCamera((camera) => zoomedAt(camera, spread(now) / spread(before), other));
    };
    const up = (event: PointerEvent): void => void pointers.delete(event.pointerId);
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      setCamera((camera) => zoomedAt(camera, Math.exp(-event.deltaY * WHEEL), at(event)));
    };
    own.addEventListener('pointerdown', down);
    own.addEventListener('pointermove', move);
    own.addEventListener('pointerup', up);
    own.addEventListener('pointercancel', up);
    own.addEventListener('wheel', wheel, { passive: false });
    return () => {
      own.removeEventListener('pointerdown', down);
      own.removeEventListener('pointermove', move);
      own.removeEventListener('pointerup', up);
      own.removeEventListener('pointercancel', up);
      own.removeEventListener('wheel', wheel);
    };
  }, [element]);
  return { camera, setCamera, dragged: () => moved.current };
}
