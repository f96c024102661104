// The page starts here. Caveat: it loads words, styles and the view that is asked for; the prover comes later, in a worker.
import './style/fonts.css';
import './style/base.css';
import './style/frame.css';
import './style/parts.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { keepOffline } from './offline/register.ts';
import { followAddress } from './routes.ts';

followAddress();
render(<App />, document.getElementById('app')!);
keepOffline();
