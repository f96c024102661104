// The frame around the views: the name, the way between them, and the view of the address, loaded when it is first asked for. Source: WAI-ARIA
// practices for pages that change their content: the title changes, and the new heading gets the focus. Caveat: views stay loaded, not mounted; what
// must outlive a visit is in `state/`.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ErrorNote } from './parts/error-note.tsx';
import { addressOf, route, VIEWS, type ViewName } from './routes.ts';
import { TEXT } from './text.ts';

export interface ViewProps {
  /** what stands behind the view's name in the address */
  rest: string;
}
type View = ComponentType<ViewProps>;

const LOADERS: Readonly<Record<ViewName, () => Promise<{ default: View }>>> = {
  prove: () => import('./views/prove/view.tsx'),
  verify: () => import('./views/verify/view.tsx'),
  model: () => import('./views/model/view.tsx'),
  trace: () => import('./views/trace/view.tsx'),
  chain: () => import('./views/chain/view.tsx'),
};

const loaded = new Map<ViewName, View>();

type State = { kind: 'loading' } | { kind: 'ready'; view: View } | { kind: 'failed' };

function useView(name: ViewName): State {
  const known = loaded.get(name);
  const [, setTurn] = useState(0);
  const failed = useRef<ViewName | undefined>(undefined);
  useEffect(() => {
    if (loaded.has(name)) return;
    let current = true;
    LOADERS[name]().then(
      ({ default: view }) => {
        loaded.set(name, view);
        if (current) setTurn((turn) => turn + 1);
      },
      () => {
        failed.current = name;
        if (current) setTurn((turn) => turn + 1);
      },
    );
    return () => {
      current = false;
    };
  }, [name]);
  if (known) return { kind: 'ready', view: known };
  return failed.current === name ? { kind: 'failed' } : { kind: 'loading' };
}

function Header({ current }: { current: ViewName }) {
  return (
    <header class="top">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {TEXT.skip}
      </button>
      <a class="name" href={addressOf('prove')}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M8 17.2l5.2 5.3L24.5 10" />
        </svg>
        {TEXT.name}
      </a>
      <nav aria-label={TEXT.navigation}>
        <ul>
          {VIEWS.map((view) => (
            <li key={view}>
              <a href={addressOf(view)} {...(view === current && { 'aria-current': 'page' as const })}>
                {TEXT.views[view]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

export function App() {
  const { view: name, rest } = route.value;
  const state = useView(name);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${TEXT.titles[name]} · ${TEXT.name}`;
    if (first.current) first.current = false;
    else {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [name]);
  const View = state.kind === 'ready' ? state.view : undefined;
  return (
    <>
      <Header current={name} />
      <main id="main" ref={main} tabIndex={-1} class={`view view-${name}`} aria-busy={state.kind === 'loading'}>
        {View && <View rest={rest} />}
        {state.kind === 'loading' && (
          <p class="view-loading" role="status">
            {TEXT.loading}
          </p>
        )}
        {state.kind === 'failed' && <ErrorNote error={new Error(TEXT.viewFailed.what)} fix={TEXT.viewFailed.fix} />}
      </main>
      <footer class="bottom">
        <p>{name === 'chain' ? TEXT.footer.chain : TEXT.footer.local}</p>
        <p>{TEXT.footer.clear}</p>
      </footer>
    </>
  );
}
