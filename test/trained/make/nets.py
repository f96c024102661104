# Networks in the spelling in which torch exports them: a CNN, the same quantised (QDQ), a residual net, squeeze-and-excitation, an LSTM, a GRU,
# a detector, an autoencoder, GPT and BERT topologies with their masks. Caveat: weights are drawn, not trained; they are as large as trained ones.
import sys
import tempfile

import numpy as np
import onnx
from common import CALIBRATION, FRESH, write
from onnx import TensorProto, helper, numpy_helper

COUNT = CALIBRATION + FRESH
LOWEST = float(np.finfo(np.float32).min)


class Net:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.initializers, self.inputs = [], [], []
        self.made = 0

    def name(self, what):
        self.made += 1
        return f"/{what}_{self.made}"

    def constant(self, value):
        name = self.name("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weight(self, *shape, fan=None):
        fan = fan or int(np.prod(shape[1:])) or 1
        return self.constant((self.rng.normal(size=shape) / np.sqrt(fan)).astype(np.float32))

    def input(self, name, shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def __call__(self, operator, *inputs, outputs=1, **attributes):
        names = [self.name(operator) for _ in range(outputs)]
        self.nodes.append(helper.make_node(operator, [x if isinstance(x, str) else self.constant(x) for x in inputs], names, names[0], **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x, size, out):
        return self("Add", self("MatMul", x, self.weight(size, out, fan=size)), self.weight(out, fan=4))

    def conv(self, x, channels, out, size=3, stride=1, group=1):
        return self("Conv", x, self.weight(out, channels // group, size, size), self.weight(out, fan=4), kernel_shape=[size, size],
                    strides=[stride, stride], pads=[size // 2] * 4, group=group)

    def model(self, *outputs, kind=TensorProto.FLOAT):
        # outputs are named as exporters name them
        names = ["output"] if len(outputs) == 1 else [f"output_{i}" for i in range(len(outputs))]
        self.nodes += [helper.make_node("Identity", [a], [b]) for a, b in zip(outputs, names)]
        graph = helper.make_graph(self.nodes, "net", self.inputs, [helper.make_tensor_value_info(name, kind, None) for name in names], self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def images(rng, channels, size):
    """Smooth pictures: a few waves and noise."""
    y, x = np.mgrid[0:size, 0:size] / size
    waves = rng.normal(size=(COUNT, channels, 4, 1, 1)) * np.sin(
        2 * np.pi * (rng.integers(0, 4, size=(COUNT, channels, 4, 1, 1)) * x + rng.integers(0, 4, size=(COUNT, channels, 4, 1, 1)) * y)
        + rng.uniform(0, 6, size=(COUNT, channels, 4, 1, 1)))
    return (waves.sum(2) / 2 + 0.1 * rng.normal(size=(COUNT, channels, size, size))).astype(np.float32)[:, None]


def cnn(net):
    x = net.input("input", ["batch", 1, 16, 16])
    x = net("MaxPool", net("Relu", net.conv(x, 1, 8)), kernel_shape=[2, 2], strides=[2, 2])
    x = net("MaxPool", net("Relu", net.conv(x, 8, 16)), kernel_shape=[2, 2], strides=[2, 2])
    x = net("Flatten", x, axis=1)
    return net.model(net("Gemm", x, net.weight(10, 256), net.weight(10, fan=4), transB=1))


def residual(net):
    def normed(x, channels):
        scale = (1 + 0.2 * net.rng.normal(size=channels)).astype(np.float32)
        return net("BatchNormalization", x, scale, net.weight(channels, fan=8), net.weight(channels, fan=8), np.abs(scale), epsilon=1e-5)

    x = net.input("input", ["batch", 3, 16, 16])
    x = net("Relu", normed(net.conv(x, 3, 8), 8))
    for _ in range(2):
        y = net("Relu", normed(net.conv(x, 8, 8), 8))
        x = net("Relu", net("Add", normed(net.conv(y, 8, 8), 8), x))
    x = net("Flatten", net("GlobalAveragePool", x), axis=1)
    return net.model(net("Gemm", x, net.weight(5, 8), net.weight(5, fan=4), transB=1))


def squeeze_excite(net):
    x = net.input("input", ["batch", 3, 12, 12])
    x = net("HardSwish", net.conv(x, 3, 16, stride=2))
    y = net("HardSwish", net.conv(x, 16, 16, group=16))
    s = net("GlobalAveragePool", y)
    s = net("Relu", net("Conv", s, net.weight(4, 16, 1, 1), net.weight(4, fan=4)))
    s = net("HardSigmoid", net("Conv", s, net.weight(16, 4, 1, 1), net.weight(16, fan=4)), alpha=1 / 6, beta=0.5)
    x = net("Add", x, net.conv(net("Mul", y, s), 16, 16, size=1))
    x = net("Flatten", net("GlobalAveragePool", x), axis=1)
    return net.model(net("Softmax", net("Gemm", x, net.weight(6, 16), net.weight(6, fan=4), transB=1), axis=1))


def detector(net):
    x = net.input("input", ["batch", 3, 16, 16])
    x = net("LeakyRelu", net.conv(x, 3, 8, stride=2), alpha=0.1)
    x = net("LeakyRelu", net.conv(x, 8, 16, stride=2), alpha=0.1)
    boxes = net("Mul", net("Sigmoid", net.conv(x, 16, 4, size=1)), np.float32(640))
    scores = net("Sigmoid", net.conv(x, 16, 3, size=1))
    flat = [net("Reshape", part, np.array([1, size, 16])) for part, size in ((boxes, 4), (scores, 3))]
    return net.model(net("Transpose", net("Concat", *flat, axis=1), perm=[0, 2, 1]))


def autoencoder(net):
    x = net.input("input", ["batch", 64])
    for size, out in ((64, 24), (24, 8), (8, 24)):
        x = net("Elu", net.linear(x, size, out))
    return net.model(net("Tanh", net.linear(x, 24, 64)))


def recurrent(net, operator, gates):
    length, size, hidden = 12, 5, 16
    x = net.input("input", ["batch", length, size])
    x = net("Transpose", x, perm=[1, 0, 2])
    zeros = np.zeros((1, 1, hidden), np.float32)
    states = [zeros, zeros] if operator == "LSTM" else [zeros]
    parts = [net.weight(1, gates * hidden, size, fan=size), net.weight(1, gates * hidden, hidden, fan=hidden), net.weight(1, 2 * gates * hidden, fan=8)]
    extra = {} if operator == "LSTM" else {"linear_before_reset": 1}
    y, *_ = net(operator, x, *parts, "", *states, outputs=len(states) + 1, hidden_size=hidden, **extra)
    y = net("Squeeze", y, np.array([1]))
    last = net("Gather", y, np.array(-1), axis=0)
    return net.model(net("Gemm", last, net.weight(3, hidden), net.weight(3, fan=4), transB=1))


def layer_norm(net, x, size, spelled):
    scale, bias = (1 + 0.2 * net.rng.normal(size=size)).astype(np.float32), net.weight(size, fan=16)
    if not spelled:
        return net("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)
    centred = net("Sub", x, net("ReduceMean", x, axes=[-1]))
    variance = net("ReduceMean", net("Pow", centred, np.float32(2)), axes=[-1])
    normed = net("Div", centred, net("Sqrt", net("Add", variance, np.float32(1e-5))))
    return net("Add", net("Mul", normed, scale), bias)


def attention(net, x, length, size, heads, masked):
    def split(y, perm):
        return net("Transpose", net("Reshape", y, np.array([1, length, heads, size // heads])), perm=perm)

    q, k, v = (net.linear(x, size, size) for _ in range(3))
    scores = net("MatMul", split(q, [0, 2, 1, 3]), split(k, [0, 2, 3, 1]))
    scores = masked(net("Div", scores, np.float32(np.sqrt(size // heads))))
    y = net("MatMul", net("Softmax", scores, axis=-1), split(v, [0, 2, 1, 3]))
    return net.linear(net("Reshape", net("Transpose", y, perm=[0, 2, 1, 3]), np.array([1, length, size])), size, size)


def erf_gelu(net, x):
    return net("Mul", net("Mul", x, net("Add", net("Erf", net("Div", x, np.float32(np.sqrt(2)))), np.float32(1))), np.float32(0.5))


def tanh_gelu(net, x):
    inner = net("Mul", net("Add", x, net("Mul", net("Pow", x, np.float32(3)), np.float32(0.044715))), np.float32(np.sqrt(2 / np.pi)))
    return net("Mul", net("Mul", x, np.float32(0.5)), net("Add", net("Tanh", inner), np.float32(1)))


def gpt(net, fill):
    length, size, heads, words = 8, 16, 2, 50
    ids = net.input("input_ids", ["batch", "seq"], TensorProto.INT64)
    table = net.weight(words, size, fan=1)
    x = net("Add", net("Gather", table, ids, axis=0), net.weight(1, length, size, fan=4))
    past = np.tril(np.ones((1, 1, length, length), bool))
    for _ in range(2):
        normed = layer_norm(net, x, size, spelled=True)
        x = net("Add", x, attention(net, normed, length, size, heads, lambda s: net("Where", past, s, np.float32(fill))))
        x = net("Add", x, net.linear(tanh_gelu(net, net.linear(layer_norm(net, x, size, spelled=True), size, 4 * size)), 4 * size, size))
    x = layer_norm(net, x, size, spelled=True)
    return net.model(net("MatMul", x, net("Transpose", table, perm=[1, 0])))


def bert(net):
    length, size, heads, words = 8, 16, 2, 60
    ids = net.input("input_ids", ["batch", "seq"], TensorProto.INT64)
    mask = net.input("attention_mask", ["batch", "seq"], TensorProto.INT64)
    x = net("Add", net("Gather", net.weight(words, size, fan=1), ids, axis=0), net.weight(1, length, size, fan=4))
    x = layer_norm(net, x, size, spelled=False)
    wide = net("Unsqueeze", net("Unsqueeze", mask, np.array([1])), np.array([2]))
    bias = net("Mul", net("Sub", np.float32(1), net("Cast", wide, to=TensorProto.FLOAT)), np.float32(LOWEST))
    for _ in range(2):
        x = layer_norm(net, net("Add", x, attention(net, x, length, size, heads, lambda s: net("Add", s, bias))), size, spelled=False)
        x = layer_norm(net, net("Add", x, net.linear(erf_gelu(net, net.linear(x, size, 4 * size)), 4 * size, size)), size, spelled=False)
    first = net("Tanh", net("Gemm", net("Gather", x, np.array(0), axis=1), net.weight(size, size), net.weight(size, fan=4), transB=1))
    return net.model(net("Gemm", first, net.weight(3, size), net.weight(3, fan=4), transB=1))


def quantised(model, samples):
    """QDQ by onnxruntime's static quantisation."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter(samples[:CALIBRATION])

        def get_next(self):
            row = next(self.left, None)
            return None if row is None else {"input": row}

    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, f"{folder}/float.onnx")
        quantize_static(f"{folder}/float.onnx", f"{folder}/qdq.onnx", Reader(), quant_format=QuantFormat.QDQ)
        return onnx.load(f"{folder}/qdq.onnx")


def main(folder):
    def add(name, model, samples):
        write(folder, name, model.SerializeToString(), samples, "drawn weights")

    rng = np.random.default_rng(7)
    pictures = images(rng, 1, 16)
    add("net_cnn", cnn(Net(1)), {"input": pictures})
    add("net_cnn_qdq", quantised(cnn(Net(1)), pictures), {"input": pictures})
    add("net_residual", residual(Net(2)), {"input": images(rng, 3, 16)})
    add("net_squeeze_excite", squeeze_excite(Net(3)), {"input": images(rng, 3, 12)})
    add("net_detector", detector(Net(4)), {"input": images(rng, 3, 16)})
    add("net_autoencoder", autoencoder(Net(5)), {"input": rng.normal(size=(COUNT, 1, 64)).astype(np.float32)})
    signal = np.cumsum(rng.normal(size=(COUNT, 1, 12, 5)), axis=2).astype(np.float32) / 2
    add("net_lstm", recurrent(Net(6), "LSTM", 4), {"input": signal})
    add("net_gru", recurrent(Net(7), "GRU", 3), {"input": signal})
    add("net_gpt_inf", gpt(Net(8), -np.inf), {"input_ids": rng.integers(0, 50, size=(COUNT, 1, 8))})
    add("net_gpt_lowest", gpt(Net(8), LOWEST), {"input_ids": rng.integers(0, 50, size=(COUNT, 1, 8))})
    lengths = rng.integers(2, 9, size=COUNT)
    mask = (np.arange(8)[None] < lengths[:, None]).astype(np.int64)[:, None]
    add("net_bert", bert(Net(9)), {"input_ids": rng.integers(0, 60, size=(COUNT, 1, 8)), "attention_mask": mask})


main(sys.argv[1])
