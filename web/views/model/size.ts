// How large an element is on the screen, and again whenever that changes. Source: Resize Observer (W3C). Caveat: nothing is known before the first layout.
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

export interface Size {
  width: number;
  height: number;
}

export function useSize(element: RefObject<Element | null>): Size | undefined {
  const [size, setSize] = useState<Size | undefined>(undefined);
  useLayoutEffect(() => {
    const own = element.current;
    if (!own) return;
    const look = (): void => {
      const { width, height } = own.getBoundingClientRect();
      setSize((known) => (known?.width === width && known.height === height ? known : { width, height }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(own);
    look();
    return () => observer.disconnect();
  }, [element]);
  return size;
}
