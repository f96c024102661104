# What the generators share: a model and its samples as files, with the answers of onnxruntime. FOLDER/<name>/model.onnx, in_<i>.npy and out_<i>.npy
# (one row a sample, without the model's own leading 1), and about.json. Caveat: answers are float32, computed without optimisations.
import json
import pathlib

import numpy as np
import onnxruntime

CALIBRATION = 64
FRESH = 200


def session(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def matrix(value):
    """What ZipMap makes, as the matrix that it was made of."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return np.array([[row[key] for key in row] for row in value], dtype=np.float32)
    return np.asarray(value)


def write(folder, name, model, samples, source):
    """@param samples: input name -> array, the first axis counts samples; each sample is fed alone."""
    run = session(model)
    names = [value.name for value in run.get_inputs()]
    count = len(next(iter(samples.values())))
    outputs = [value.name for value in run.get_outputs()]
    rows = {output: [] for output in outputs}
    for i in range(count):
        answer = run.run(None, {key: np.asarray(samples[key][i]) for key in names})
        for output, value in zip(outputs, answer):
            rows[output].append(matrix(value))
    target = pathlib.Path(folder) / name
    target.mkdir(parents=True)
    (target / "model.onnx").write_bytes(model)
    for i, key in enumerate(names):
        np.save(target / f"in_{i}.npy", samples[key].astype(np.float64 if samples[key].dtype.kind == "f" else np.int64))
    labels = []
    for i, output in enumerate(outputs):
        stacked = np.stack(rows[output])
        labels.append(stacked.dtype.kind in "iub")
        np.save(target / f"out_{i}.npy", stacked.astype(np.int64 if labels[-1] else np.float64))
    about = {"inputs": names, "outputs": outputs, "integers": labels, "source": source}
    (target / "about.json").write_text(json.dumps(about, indent=2) + "\n")


def rows_of(data, seed, count=CALIBRATION + FRESH):
    """Rows in a drawn order; where there are too few, mixtures of two rows and a little noise on each column that is not whole."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data))
    rows = data[order][:count]
    while len(rows) < count:
        a, b = data[rng.integers(len(data), size=(2, len(data)))]
        share = rng.uniform(size=(len(data), 1))
        mixed = share * a + (1 - share) * b
        whole = np.all(data == np.round(data), axis=0)
        mixed = np.where(whole, np.round(mixed), mixed + 0.02 * data.std(axis=0) * rng.normal(size=mixed.shape))
        rows = np.concatenate([rows, mixed])[:count]
    return rows.astype(np.float32)
