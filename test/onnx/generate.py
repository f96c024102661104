# Writes the backend test cases of the installed `onnx` package as files: DATA/<kind>/<case>/model.onnx and test_data_set_*/{input,output}_*.pb.
# The node cases are made by the package's own Python functions, the others are files that it carries. Source: onnx/backend/test/cmd_tools.py.
# Caveat: many cases draw random numbers; NumPy's seed is fixed before each module is imported, so one version gives one set of files.
import importlib
import pathlib
import pkgutil
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case import model as model_cases
from onnx.backend.test.case import node as node_cases

KINDS = ["simple", "pytorch-operator", "pytorch-converted"]


def write_value(path, value, info):
    kind = info.type.WhichOneof("value")
    if kind == "sequence_type":
        proto = numpy_helper.from_list(value, info.name)
    elif kind == "optional_type":
        proto = numpy_helper.from_optional(value, info.name)
    elif kind == "map_type":
        proto = numpy_helper.from_dict(value, info.name)
    elif isinstance(value, onnx.TensorProto):
        proto = value
    else:
        proto = numpy_helper.from_array(np.asarray(value), info.name)
    path.write_bytes(proto.SerializeToString())


def write_case(folder, case):
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    for i, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{i}"
        data.mkdir()
        for name, values, infos in (
            ("input", inputs, case.model.graph.input),
            ("output", outputs, case.model.graph.output),
        ):
            for j, value in enumerate(values):
                write_value(data / f"{name}_{j}.pb", value, infos[j])


def main(target):
    root = pathlib.Path(target)
    partial = root.with_name(root.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    package = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data"
    for kind in KINDS:
        shutil.copytree(package / kind, partial / kind)
    for module in sorted(info.name for info in pkgutil.walk_packages(node_cases.__path__, node_cases.__name__ + ".")):
        np.random.seed(0)
        importlib.import_module(module)
    cases = node_cases._NodeTestCases
    for case in sorted(cases, key=lambda case: case.name):
        write_case(partial / "node" / case.name, case)
    # "simple" cases that the package makes and does not carry
    for case in model_cases.collect_testcases():
        if case.kind == "simple" and not (partial / "simple" / case.name).exists():
            write_case(partial / "simple" / case.name, case)
    shutil.rmtree(root, ignore_errors=True)
    partial.rename(root)
    print(f"onnx {onnx.__version__}: {len(cases)} node cases")


main(sys.argv[1])
