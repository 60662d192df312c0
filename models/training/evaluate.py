"""Measures a checkpoint: copy detection on held-out photos, and known duplicates in a slice of CIFAR-10.

    python3 evaluate.py --checkpoint WORK/run/checkpoint.pt --data WORK --cifar ../../../shared/data

Prints Markdown tables and writes the same figures to --json. Image sides are compared only on the held-out photos;
CIFAR is measured afterwards and decides nothing.

Copies: each of the 400 held-out photos is changed in each way below, with real JPEG files for JPEG changes. The copy
must find its photo among 1,400 (the held-out photos and the 1,000 of the calibration set). R@1 is the share of copies
that rank it first; micro-AP is the average precision of all (copy, photo) pairs of all changes in one ranking.

CIFAR: test images are ranked by similarity to their nearest train image. A test image is a positive if it has a pair
labeled D (duplicate), and is left out if all its pairs are U (undecided). R@1: the share of positives whose nearest
train image is one of their D partners. R@P90: the best recall at a precision of 90 % or more.
"""

import argparse
import csv
import io
import json
import tarfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance, ImageFilter

from model import Descriptor, load

SIDES = (96, 112, 128)  # px
BATCH = 64
SEED = 7

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


# ---- changes: from a picture of any size to one of any size; the program squashes every picture to a square


def jpeg(quality: int) -> Change:
    def change(image, _):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer).convert("RGB")

    return change


def shrink(factor: int) -> Change:
    return lambda image, _: image.resize((image.width // factor, image.height // factor), Image.Resampling.BOX)


def crop(kept_area: float) -> Change:
    """Crops to a window with this share of the area and the same aspect ratio, at a random position."""

    def change(image, rng):
        width, height = (round(s * kept_area**0.5) for s in image.size)
        left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
        return image.crop((left, top, left + width, top + height))

    return change


def turn(transpose: Image.Transpose) -> Change:
    return lambda image, _: image.transpose(transpose)


def noise(image, rng):
    pixels = np.asarray(image, np.float32) + rng.normal(0, 20, (image.height, image.width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def tint(image, rng):
    gain = np.exp(rng.uniform(-0.3, 0.3, 3))
    tinted = Image.fromarray((np.asarray(image) * gain).clip(0, 255).astype(np.uint8))
    return ImageEnhance.Color(tinted).enhance(rng.choice([0.4, 1.8]))


def overlay(image, rng):
    """An opaque box of one color over 12 % of the picture."""
    width, height = round(0.4 * image.width), round(0.3 * image.height)
    left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
    out = image.copy()
    out.paste(tuple(int(c) for c in rng.integers(0, 256, 3)), (left, top, left + width, top + height))
    return out


def letterbox(image, _):
    """White bars above and below, a fifth of the height each."""
    out = Image.new("RGB", image.size, "white")
    out.paste(image.resize((image.width, round(0.6 * image.height)), Image.Resampling.BOX), (0, round(0.2 * image.height)))
    return out


CHANGES: dict[str, Change] = {
    "JPEG quality 75": jpeg(75),
    "JPEG quality 20": jpeg(20),
    "JPEG quality 5": jpeg(5),
    "half size": shrink(2),
    "quarter size": shrink(4),
    "eighth size": shrink(8),
    "crop to 90 % of the area": crop(0.9),
    "crop to 70 %": crop(0.7),
    "crop to 50 %": crop(0.5),
    "crop to 30 %": crop(0.3),
    "mirrored": turn(Image.Transpose.FLIP_LEFT_RIGHT),
    "rotated 90": turn(Image.Transpose.ROTATE_90),
    "rotated 180": turn(Image.Transpose.ROTATE_180),
    "rotated 270": turn(Image.Transpose.ROTATE_270),
    "tilted 10 degrees, black corners": lambda image, _: image.rotate(10, Image.Resampling.BILINEAR),
    "grayscale": lambda image, _: image.convert("L").convert("RGB"),
    "brightness x 1.5": lambda image, _: ImageEnhance.Brightness(image).enhance(1.5),
    "brightness x 0.6": lambda image, _: ImageEnhance.Brightness(image).enhance(0.6),
    "tint and saturation": tint,
    "Gaussian blur 2 px": lambda image, _: image.filter(ImageFilter.GaussianBlur(2)),
    "noise 20/255": noise,
    "opaque box over 12 %": overlay,
    "squashed to 60 % width": lambda image, _: image.resize((round(0.6 * image.width), image.height), Image.Resampling.BOX),
    "letterboxed to 60 % height": letterbox,
}


# ---- figures


@torch.no_grad()
def embed(model: Descriptor, pictures: list[np.ndarray] | np.ndarray, side: int) -> np.ndarray:
    """Embeds pictures of one size as the exported graph does. @returns float32 [n, 256]"""
    out = []
    for start in range(0, len(pictures), BATCH):
        batch = torch.from_numpy(np.stack(pictures[start : start + BATCH])).permute(0, 3, 1, 2).float()
        if batch.shape[-2:] != (side, side):
            batch = F.interpolate(batch, (side, side), mode="bilinear", align_corners=False)
        out.append(model(batch.contiguous(memory_format=torch.channels_last) / 255)[0])
    return torch.cat(out).numpy()


def average_precision(scores: np.ndarray, is_true: np.ndarray, positives: int) -> float:
    """Mean over all positives of the precision at their rank; unranked positives count as 0."""
    hit = is_true[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
    return float(precision[hit].sum() / positives)


def recall_at_precision(scores: np.ndarray, is_true: np.ndarray, precision: float) -> float:
    hit = is_true[np.argsort(-scores, kind="stable")]
    found = np.cumsum(hit)
    good = found / np.arange(1, len(hit) + 1) >= precision
    return float(found[good].max() / hit.sum()) if good.any() else 0.0


def copies(model: Descriptor, data: Path, side: int) -> dict:
    """R@1 for each change, and the micro-AP over all changes."""
    photos = np.load(data / "heldout.npy")
    others = np.load(data / "calibration.npy")
    gallery = np.concatenate([embed(model, photos, side), embed(model, others, side)])
    own = np.arange(len(photos))
    recall, scores, is_true = {}, [], []
    for number, (name, change) in enumerate(CHANGES.items()):
        rng = np.random.default_rng([SEED, number])
        changed = [np.asarray(change(Image.fromarray(photo), rng)) for photo in photos]
        similarity = embed(model, changed, side) @ gallery.T
        recall[name] = float((similarity.argmax(1) == own).mean())
        scores.append(similarity.ravel())
        is_true.append((own[:, None] == np.arange(len(gallery))[None]).ravel())
    scores, is_true = np.concatenate(scores), np.concatenate(is_true)
    return {
        "microAP": average_precision(scores, is_true, len(photos) * len(CHANGES)),
        "recallAtP90": recall_at_precision(scores, is_true, 0.9),
        "meanR1": float(np.mean(list(recall.values()))),
        "R1": recall,
    }


def read_cifar(folder: Path) -> dict[str, np.ndarray]:
    """Every image in the slice by its path in the archive."""
    with tarfile.open(folder / "cifar10-slice.tar.xz") as tar:
        return {
            m.name.split("/", 1)[1]: np.asarray(Image.open(tar.extractfile(m)).convert("RGB")) for m in tar if m.isfile()
        }


def cifar(model: Descriptor, folder: Path, side: int) -> dict:
    images = read_cifar(folder)
    test, train = (sorted(n for n in images if n.startswith(f"{split}/")) for split in ("test", "train"))
    labels, partners = defaultdict(set), defaultdict(set)
    with open(folder / "cifar10-slice-pairs.csv", newline="") as file:
        for row in csv.DictReader(file):
            labels[row["test"]].add(row["label"])
            if row["label"] == "D":
                partners[row["test"]].add(row["train"])
    test = [name for name in test if labels[name] != {"U"}]
    queries, gallery = (embed(model, [images[n] for n in names], side) for names in (test, train))
    similarity = queries @ gallery.T
    nearest, scores = similarity.argmax(1), similarity.max(1)
    positive = np.array([bool(partners[name]) for name in test])
    right = np.array([train[j] in partners[name] for name, j in zip(test, nearest)])
    return {
        "testImages": len(test),
        "positives": int(positive.sum()),
        "AP": average_precision(scores, positive, int(positive.sum())),
        "R1": float(right[positive].mean()),
        "recallAtP90": recall_at_precision(scores, positive, 0.9),
    }


def table(title: str, rows: dict[str, list[float]], sides: list[int]) -> str:
    head = f"| {title} | " + " | ".join(f"{s} px" for s in sides) + " |\n|---|" + "---:|" * len(sides)
    return "\n".join([head, *(f"| {name} | " + " | ".join(f"{v:.3f}" for v in values) + " |" for name, values in rows.items())])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint written by train.py")
    parser.add_argument("--data", type=Path, required=True, help="folder written by prepare.py")
    parser.add_argument("--cifar", type=Path, default=Path("../shared/data"), help="folder with the CIFAR-10 slice")
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    model, about = load(args.checkpoint)
    print(f"{about['minutes']} minutes, {about['steps']} steps, {about['views']:,} views, seed {about['seed']}\n")
    model = model.to(memory_format=torch.channels_last)
    found = {side: copies(model, args.data, side) for side in args.sides}
    rows = {name: [found[s]["R1"][name] for s in args.sides] for name in CHANGES}
    rows["mean of the above"] = [found[s]["meanR1"] for s in args.sides]
    rows["micro-AP of all pairs"] = [found[s]["microAP"] for s in args.sides]
    rows["recall at 90 % precision, all pairs"] = [found[s]["recallAtP90"] for s in args.sides]
    print(table("copies of held-out photos, R@1", rows, args.sides), "\n", flush=True)

    if (args.cifar / "cifar10-slice.tar.xz").exists():
        for side in args.sides:
            found[side]["cifar"] = cifar(model, args.cifar, side)
        counts = found[args.sides[0]]["cifar"]
        rows = {key: [found[s]["cifar"][key] for s in args.sides] for key in ("AP", "R1", "recallAtP90")}
        print(table(f"CIFAR-10 slice, {counts['positives']} positives of {counts['testImages']}", rows, args.sides))
    else:
        print(f"No CIFAR-10 slice in {args.cifar}: skipping that part.")
    if args.json:
        args.json.write_text(json.dumps({"about": about, "sides": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
