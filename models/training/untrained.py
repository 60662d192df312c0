"""Writes the model with random weights, to measure the effect of training.

    python3 untrained.py --out FOLDER [--seed 1]

Writes `untrained.onnx` and `untrained.json`, with the bundled model's graph and without a calibration. Only the batch norms
are fitted, on drawn pictures: with their initial statistics, every picture would get the same embedding.
"""

import argparse
import json
from pathlib import Path

import onnx
import torch

from export import SIDE, body_graph, with_scaling
from model import DIMENSIONS, Descriptor
from procedural import draw_many

NAME = "untrained"
PICTURES = 64


def untrained(seed: int) -> Descriptor:
    torch.manual_seed(seed)
    model = Descriptor().train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # statistics are plain means over all batches
    pictures = torch.from_numpy(draw_many(PICTURES, seed)).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        model(pictures)
    torch.nn.init.zeros_(model.head.bias)
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    file = args.out / f"{NAME}.onnx"
    onnx.save(with_scaling(body_graph(untrained(args.seed), file)), file)
    manifest = {
        "schema": "twinlens.model/1",
        "name": NAME,
        "file": file.name,
        "input": {"name": "image", "layout": "NHWC", "type": "uint8", "width": SIDE, "height": SIDE, "anySize": True},
        "outputs": [{"name": "embedding", "dimensions": DIMENSIONS}],
    }
    file.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
