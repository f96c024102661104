// The page of `zkvm trace --open`: one trace, in one file, to walk through. Source: the view "Trace". Caveat: another trace may be dropped here as in the
// view; the page keeps the first one's name in its title.
import '../style/base.css';
import '../style/parts.css';
import '../report/report.css';
import { render } from 'preact';
import { openFile } from '../state/trace.ts';
import { TEXT } from '../text.ts';
import TraceView from '../views/trace/view.tsx';
import { unpacked } from './packed.ts';

render(
  <main class="report">
    <TraceView />
    <footer class="small">{TEXT.trace.madeBy}</footer>
  </main>,
  document.body,
);
void openFile(unpacked(document.getElementById('trace')?.textContent ?? ''));
