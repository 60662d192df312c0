"""Writes a checkpoint as the ONNX model and manifest that the program loads.

    python3 export.py --checkpoint WORK/run/checkpoint.pt --data WORK --out models

The graph's input is decoded pictures: `image`, uint8 [N, H, W, 3], any N, H and W. It scales them to 112 x 112 itself
(112 px pictures stay unchanged), so 32 px thumbnails need no upscaling. Its outputs are `embedding` [N, 256], of unit
length, and `features` [N, 576], the pooled last convolution. Batch norms are folded.
"""

import argparse
import datetime
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
import torchvision
from onnx import TensorProto, helper, numpy_helper

from model import DEVIATION, DIMENSIONS, FEATURES, MIDDLE, Descriptor, load

NAME = "twinlens-v3-small"
VERSION = "6"
SIDE = 112  # px; the best of the sizes that evaluate.py compares
OPSET = 17


class Body(torch.nn.Module):
    """The part of the model that follows scaling and normalization."""

    def __init__(self, model: Descriptor) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.model.describe(pixels)


def body_graph(model: Descriptor, path: Path) -> onnx.ModelProto:
    """The traced network from float pixels [N, 3, SIDE, SIDE] to both outputs."""
    torch.onnx.export(
        Body(model).eval(),
        torch.zeros(2, 3, SIDE, SIDE),
        path,
        input_names=["pixels"],
        output_names=["embedding", "features"],
        dynamic_axes={"pixels": {0: "N"}, "embedding": {0: "N"}, "features": {0: "N"}},
        opset_version=OPSET,
        do_constant_folding=True,
    )
    return onnx.load(path)


def with_scaling(graph_model: onnx.ModelProto) -> onnx.ModelProto:
    """Prepends the `image` input: planes, a bilinear Resize to SIDE x SIDE for any batch size, normalized floats.

    Pixels stay bytes until one final step (DequantizeLinear), because every pass over the pixels costs time.

    Written by hand because the tracer turns the sizes into a chain of shape arithmetic. The Resize equals PyTorch's
    `interpolate(mode="bilinear", align_corners=False)`, which training uses for its thumbnails.
    """
    graph = graph_model.graph
    constants = {
        "first": np.array([0], np.int64),
        "second": np.array([1], np.int64),
        "planes_and_sides": np.array([3, SIDE, SIDE], np.int64),
        "scale": np.array(1 / DEVIATION, np.float32),
        "middle": np.array(MIDDLE, np.uint8),
    }
    nodes = [
        helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Shape", ["image"], ["shape"]),
        helper.make_node("Slice", ["shape", "first", "second"], ["batch"]),
        helper.make_node("Concat", ["batch", "planes_and_sides"], ["sizes"], axis=0),
        helper.make_node(
            "Resize",
            ["planes", "", "", "sizes"],
            ["scaled"],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("DequantizeLinear", ["scaled", "scale", "middle"], ["pixels"]),
    ]
    for node in nodes:
        node.name = f"scaling/{node.output[0]}"
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    whole = helper.make_graph(
        [*nodes, *graph.node], NAME, inputs, list(graph.output), [*initializers, *graph.initializer]
    )
    result = helper.make_model(
        whole, producer_name="twinlens", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=graph_model.ir_version
    )
    onnx.checker.check_model(result, full_check=True)
    return result


def manifest_of(model_file: Path, previous: Path, about: dict, pool: dict, trained_on: str) -> dict:
    """The manifest. Keeps an existing calibration only if the model file is identical."""
    digest = hashlib.sha256(model_file.read_bytes()).hexdigest()
    old = json.loads(previous.read_text()) if previous.exists() else {}
    return {
        "schema": "twinlens.model/1",
        "name": NAME,
        "version": VERSION,
        "file": model_file.name,
        "sha256": digest,
        "input": {"name": "image", "layout": "NHWC", "type": "uint8", "width": SIDE, "height": SIDE, "anySize": True},
        "outputs": [
            {"name": "embedding", "dimensions": DIMENSIONS},
            {"name": "features", "dimensions": FEATURES},
        ],
        "calibration": old.get("calibration") if old.get("sha256") == digest else None,
        "training": {
            "recipe": "models/training",
            "date": trained_on,
            **about,
            "pool": pool,
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint written by train.py")
    parser.add_argument("--data", type=Path, required=True, help="folder written by prepare.py, for the counts")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    args = parser.parse_args()

    model, about = load(args.checkpoint)
    file, manifest = args.out / f"{NAME}.onnx", args.out / f"{NAME}.json"
    part = file.with_suffix(".part")
    onnx.save(with_scaling(body_graph(model, part)), part)
    part.replace(file)
    pool = json.loads((args.data / "split.json").read_text())["counts"]
    trained_on = datetime.date.fromtimestamp(args.checkpoint.stat().st_mtime).isoformat()
    written = manifest_of(file, manifest, about, pool, trained_on)
    manifest.write_text(json.dumps(written, indent=2) + "\n")
    print(file.name, file.stat().st_size, "bytes", written["sha256"])


if __name__ == "__main__":
    main()
