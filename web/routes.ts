// The views, as addresses behind the `#`: nothing of them reaches a server, so a share link may carry a proof. Source: the URL standard, fragments.
// Caveat: a view's own part, behind its name, is text from outside; the view judges it.
import { signal } from '@preact/signals';

export const VIEWS = ['prove', 'verify', 'model', 'trace', 'chain'] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Route {
  view: ViewName;
  /** what stands behind the view's name */
  rest: string;
}

const isView = (name: string): name is ViewName => (VIEWS as readonly string[]).includes(name);

/** `#/verify/abc` → verify, abc; an address that is none leads to the first view */
export function routeOf(hash: string): Route {
  const [, name = '', rest = ''] = /^#\/([^/?]*)[/?]?(.*)$/s.exec(hash) ?? [];
  return isView(name) ? { view: name, rest } : { view: VIEWS[0], rest: '' };
}

export const addressOf = (view: ViewName): string => `#/${view}`;

export const route = signal<Route>(routeOf(typeof location === 'undefined' ? '' : location.hash));

/** follows the address from now on */
export function followAddress(): void {
  addEventListener('hashchange', () => {
    route.value = routeOf(location.hash);
  });
}
