// The report of `zkvm compile --report`: the picture of one model, in one file. Source: the view "Model". Caveat: its data stand in the page as JSON, which
// the command wrote; another report that is dropped here is a file from anywhere, so what it holds is looked at before it is shown.
import '../style/base.css';
import '../style/parts.css';
import './report.css';
import { render } from 'preact';
import { useState } from 'preact/hooks';
import type { ModelPicture } from 'zkvm/compiler';
import { refusal } from '../engine/failure.ts';
import { Drop } from '../parts/drop.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { TEXT } from '../text.ts';
import { Picture } from '../views/model/picture.tsx';
import { pictureIn } from './read.ts';

const [picture] = [pictureIn(document)].filter((found): found is ModelPicture => found !== undefined);

function Report({ own }: { own: ModelPicture }) {
  const [other, setOther] = useState<ModelPicture | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const compare = (bytes: Uint8Array): void => {
    // a document of its own, in which nothing runs and nothing is loaded
    const found = pictureIn(new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'text/html'));
    setOther(found);
    setError(found ? undefined : refusal(TEXT.report.noReport, TEXT.report.noReportFix));
  };
  return (
    <main class="report model">
      <div class="model-head">
        <h1>{other ? TEXT.picture.compare.names(own.name, other.name) : own.name}</h1>
        <div class="model-drops">
          <Drop label={TEXT.report.beside} accept=".html" onFiles={([file]) => compare(file!.bytes)} />
        </div>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
      <Picture picture={own} other={other} />
      <footer class="small">{TEXT.report.madeBy}</footer>
    </main>
  );
}

if (picture) render(<Report own={picture} />, document.body);
