// The view "Prove": a model, an input, a proof, and beside them the sheet of what is claimed and what is proved. Caveat: it starts with the smallest
// model, so that there is something to draw on; whoever drops a file ends that.
import '../../style/certificate.css';
import '../../style/prove.css';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { choose, modelState } from '../../state/model.ts';
import { TEXT } from '../../text.ts';
import { ChooseModel } from './choose-model.tsx';
import { Input } from './input.tsx';
import { Proving } from './proving.tsx';
import { Sheet } from './sheet.tsx';
import { Story } from './story.tsx';

function Step({ name, children }: { name: keyof typeof TEXT.prove.steps; children: ComponentChildren }) {
  return (
    <li class="step">
      <h2>{TEXT.prove.steps[name]}</h2>
      <div class="step-body">{children}</div>
    </li>
  );
}

export default function ProveView() {
  useEffect(() => {
    if (modelState.value.kind === 'empty') void choose('digits');
  }, []);
  return (
    <>
      <div class="intro">
        <div>
          <h1>{TEXT.titles.prove}</h1>
          <p class="lead">{TEXT.prove.lead}</p>
        </div>
        <Story />
      </div>
      <div class="bench">
        <ol class="steps">
          <Step name="model">
            <ChooseModel />
          </Step>
          <Step name="input">
            <Input />
          </Step>
          <Step name="prove">
            <Proving />
          </Step>
        </ol>
        <Sheet />
      </div>
    </>
  );
}
