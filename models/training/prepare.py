"""Turns the photo archives and drawn pictures into the arrays that `train.py` and `evaluate.py` read.

    python3 prepare.py --data ../../../shared/data --out WORK --drawn 9000

Writes to WORK:
  train.npy        uint8 [n, 128, 128, 3]  photos to train on, then the drawn pictures
  heldout.npy      uint8 [400, 128, 128, 3]  photos for the copy-detection table of `evaluate.py`
  calibration.npy  uint8 [1000, 128, 128, 3] photos not used for training, for thresholds and as distractors
  split.json       the use of each photo, and the counts

The split needs no list: photos are ordered by the SHA-256 of `<archive>/<file name>` (for example
`grocery/00017.jpg`). The first 400 are held out, the next 1,000 are for calibration, and the rest are for training.
"""

import argparse
import hashlib
import io
import json
import multiprocessing
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from procedural import draw_many

SIDE = 128  # px; a little more than the graph's input
ARCHIVES = ("clothing", "grocery")
HELD_OUT = 400
CALIBRATION = 1000


def photo_names(data: Path) -> list[str]:
    """`<archive>/<file name>` of every photo, in the order that decides the split."""
    names = []
    for archive in ARCHIVES:
        with tarfile.open(data / f"{archive}.tar") as tar:
            names += [f"{archive}/{Path(m.name).name}" for m in tar if m.isfile()]
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())


def squash(encoded: bytes) -> np.ndarray:
    """Decodes a whole picture and squashes it to SIDE x SIDE, because the program also embeds whole pictures."""
    image = Image.open(io.BytesIO(encoded)).convert("RGB")
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def read_photos(data: Path, names: list[str]) -> np.ndarray:
    """These photos, squashed. @returns uint8 [len(names), SIDE, SIDE, 3]"""
    place = {name: i for i, name in enumerate(names)}
    out = np.empty((len(names), SIDE, SIDE, 3), np.uint8)
    for archive in ARCHIVES:
        with tarfile.open(data / f"{archive}.tar") as tar:
            for member in tar:
                i = place.get(f"{archive}/{Path(member.name).name}")
                if member.isfile() and i is not None:
                    out[i] = squash(tar.extractfile(member).read())
    return out


def draw(count: int, seed: int, processes: int) -> np.ndarray:
    """`count` drawn pictures. Every block of 100 has its own seed, so the result does not depend on `processes`."""
    blocks = [(min(100, count - start), seed, start // 100) for start in range(0, count, 100)]
    with multiprocessing.Pool(processes) as pool:
        return np.concatenate(pool.starmap(draw_many, blocks, chunksize=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the photo archives")
    parser.add_argument("--out", type=Path, required=True, help="folder for the arrays, outside the repository")
    parser.add_argument("--drawn", type=int, default=9000, help="how many pictures to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    names = photo_names(args.data)
    parts = {
        "heldout": names[:HELD_OUT],
        "calibration": names[HELD_OUT : HELD_OUT + CALIBRATION],
        "train": names[HELD_OUT + CALIBRATION :],
    }
    for part in ("heldout", "calibration"):
        np.save(args.out / f"{part}.npy", read_photos(args.data, parts[part]))
    photos = read_photos(args.data, parts["train"])
    drawn = draw(args.drawn, args.seed, args.processes)
    np.save(args.out / "train.npy", np.concatenate([photos, drawn]))

    counts = {f"{a}Photos": sum(n.startswith(a) for n in parts["train"]) for a in ARCHIVES}
    counts |= {"drawn": len(drawn), "heldOut": HELD_OUT, "calibration": CALIBRATION}
    (args.out / "split.json").write_text(json.dumps({"counts": counts, "drawSeed": args.seed, **parts}, indent=1))
    print(counts)


if __name__ == "__main__":
    main()
