// The second step: which ways there are to give this model an input, and the one that is taken. Caveat: a drawing's brightness becomes numbers between
// the least and the largest of the samples, which is a guess for models without any.
import { useMemo, useState } from 'preact/hooks';
import type { ModelTensors } from 'zkvm/prover';
import type { ModelCard } from '../../engine/questions.ts';
import { pictureOf } from '../../files/picture.ts';
import { inputNumbers } from '../../files/tensors.ts';
import { SHIPPED } from '../../shipped.ts';
import { ready, type Source } from '../../state/model.ts';
import { input } from '../../state/proof.ts';
import { TEXT } from '../../text.ts';
import { Pad } from './pad.tsx';
import { ImageFile, Json, Samples, Table } from './ways.tsx';

type Way = keyof Omit<typeof TEXT.prove.ways, 'label'>;

/** numbers that a table has fields for */
const MOST_FIELDS = 48;
/** characters of a tensor that is shown as JSON at once */
const SHOWN_JSON = 20_000;

/** least and most of an input over the samples; of the model where there are none */
function spanOf(samples: readonly ModelTensors[], name: string, range: readonly [number, number]): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sample of samples)
    for (const x of inputNumbers(sample, name) ?? []) {
      least = Math.min(least, x);
      most = Math.max(most, x);
    }
  if (most > least) return [least, most];
  return range.every(Number.isFinite) ? range : [0, 1];
}

function Ways({ card, source }: { card: ModelCard; source: Source }) {
  const [info] = card.inputs;
  const single = card.inputs.length === 1 ? info : undefined;
  const picture = single && pictureOf(single);
  const size = single?.shape.reduce((a, b) => a * b, 1) ?? 0;
  const span = useMemo(() => (single ? spanOf(source.samples, single.name, single.range) : ([0, 1] as const)), [single, source]);
  const ways: Way[] = [
    ...(picture?.channels === 1 ? (['draw'] as const) : []),
    ...(source.samples.length > 0 ? (['sample'] as const) : []),
    ...(picture ? (['image'] as const) : []),
    ...(single && !picture && size <= MOST_FIELDS ? (['table'] as const) : []),
    'json',
  ];
  const [way, setWay] = useState<Way>(ways[0]!);
  const give = (tensors: ModelTensors | undefined): void => {
    input.value = tensors === undefined ? undefined : { key: card.key, tensors };
  };
  const scaled = (values: Float32Array): ModelTensors => ({
    [single!.name]: { shape: single!.shape, data: values.map((x) => span[0] + x * (span[1] - span[0])) },
  });
  const first = source.samples[0];
  const startJson = (): string => {
    const text = JSON.stringify(first ?? Object.fromEntries(card.inputs.map(({ name }) => [name, []])));
    return text.length <= SHOWN_JSON ? text : '';
  };
  const grid = source.origin in SHIPPED ? SHIPPED[source.origin as keyof typeof SHIPPED].grid : undefined;
  const start = (single && first !== undefined && inputNumbers(first, single.name)) || Array.from({ length: size }, () => 0);
  return (
    <>
      <div class="tabs" role="radiogroup" aria-label={TEXT.prove.ways.label}>
        {ways.map((each) => (
          <label key={each} class={each === way ? 'on' : undefined}>
            <input type="radio" class="hidden" name="way" checked={each === way} onChange={() => setWay(each)} />
            {TEXT.prove.ways[each]}
          </label>
        ))}
      </div>
      {way === 'draw' && <Pad picture={picture!} grid={grid} onPicture={(values) => give(values && scaled(values))} />}
      {way === 'sample' && <Samples samples={source.samples} info={info!} picture={picture} onInput={give} />}
      {way === 'image' && <ImageFile picture={picture!} scaled={scaled} onInput={give} />}
      {way === 'table' && <Table info={single!} start={start} onInput={give} />}
      {way === 'json' && <Json names={card.inputs.map(({ name }) => name)} start={startJson()} onInput={give} />}
    </>
  );
}

export function Input() {
  const model = ready.value;
  if (!model) return <p class="empty">{TEXT.prove.notYet}</p>;
  return <Ways key={model.card.key} card={model.card} source={model.source} />;
}
