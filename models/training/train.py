"""Trains the model for a given time on the CPU.

    python3 train.py --data WORK --out WORK/run --minutes 57
    python3 train.py --data WORK --out WORK/more --minutes 60 --start WORK/run/checkpoint.pt   # continue with a new cosine

Loss: InfoNCE over two views of each picture (every other view of the batch is a negative) plus the KoLeo term of SSCD
(Pizzi et al. 2022, "A Self-Supervised Descriptor for Image Copy Detection"), which pushes every view away from its
nearest different picture and so spreads the embeddings evenly over the sphere. When continuing from a checkpoint,
pictures that it finds similar share batches, because another shot of a shirt or the next can on a shelf is hardest to
distinguish from a copy. The exported weights are a running average.

Writes to --out: checkpoint.pt (every few minutes, and at the end) and loss.csv.
"""

import argparse
import csv
import itertools
import math
import multiprocessing
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from augment import two_views
from model import Descriptor, load

PAIRS = 128  # pictures per step, with two views each
STAGES = ((0.0, 64), (0.45, 96), (0.8, 112))  # (elapsed share of the time, side of the views in px); small views are faster
STAGES_AGAIN = ((0.0, 80), (0.4, 96), (0.75, 112))  # when continuing from a checkpoint
TEMPERATURE = 0.05
KOLEO_WEIGHT = 1.0
PEAK_RATE = 2e-3
WEIGHT_DECAY = 0.02
WARMUP_STEPS = 100
GROUP = 4  # maximum number of look-alikes that share a batch
LOOK_ALIKES = 12  # number of nearest pictures to choose them from
SAME_PICTURE = 0.96  # cosine from which two pictures in the pool may be the same picture
AVERAGE_DECAY = 0.998
CHECKPOINT_SECONDS = 120
LOG_STEPS = 20


class Views(torch.utils.data.IterableDataset):
    """The views of every step, made in a separate process to keep both cores busy.

    A step's views depend only on the seed, the step's number and `side`.
    """

    def __init__(self, pool: np.ndarray, look_alikes: np.ndarray, seed: int, side, first: int) -> None:
        self.pool, self.look_alikes, self.seed, self.side, self.first = pool, look_alikes, seed, side, first

    def __iter__(self):
        order = itertools.islice(picture_order(self.look_alikes, self.seed), self.first, None)
        for step, pictures in enumerate(order, self.first):
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
            views = two_views(torch.from_numpy(self.pool[pictures.numpy()]), self.side.value, generator)
            yield views.mul_(255).round_().byte()  # bytes, as in the program, and cheap to transfer


def loss_of(embeddings: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """@param embeddings [2n, d]: rows i and n + i are views of one picture.
    @returns InfoNCE, KoLeo, and the share of views whose nearest in the batch is their partner"""
    count = len(embeddings)
    partner = torch.arange(count).roll(count // 2)
    similarity = (embeddings @ embeddings.T).masked_fill(torch.eye(count, dtype=torch.bool), -2)
    contrast = F.cross_entropy(similarity / TEMPERATURE, partner)
    with torch.no_grad():
        right = (similarity.argmax(1) == partner).float().mean().item()
        strangers = similarity.clone()
        strangers[torch.arange(count), partner] = -2
        nearest = strangers.argmax(1)
    koleo = -(embeddings - embeddings[nearest]).norm(dim=1).add(1e-6).log().mean()
    return contrast, koleo, right


def rate_at(step: int, progress: float) -> float:
    return PEAK_RATE * min(1.0, (step + 1) / WARMUP_STEPS) * 0.5 * (1 + math.cos(math.pi * progress))


def optimizer_for(model: Descriptor) -> torch.optim.Optimizer:
    """AdamW that decays only matrices and kernels, not biases or batch-norm scales."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": free, "weight_decay": 0.0}])


@torch.no_grad()
def update_average(average: Descriptor, model: Descriptor, step: int) -> None:
    decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
    for old, new in zip(average.state_dict().values(), model.state_dict().values()):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - decay)
        else:
            old.copy_(new)


def picture_order(look_alikes: np.ndarray, seed: int):
    """Batches of picture indices. Every picture appears once before any repeats, with look-alikes in the same batch.

    @param look_alikes int [n, m], the pictures most similar to each, padded with -1; m may be 0
    """
    count = len(look_alikes)
    generator = torch.Generator().manual_seed(seed)
    while True:
        groups, free = [], np.ones(count, bool)
        for picture in torch.randperm(count, generator=generator).tolist():
            if not free[picture]:
                continue
            free[picture] = False
            others = [other for other in look_alikes[picture] if other >= 0 and free[other]][: GROUP - 1]
            free[others] = False
            groups.append([picture, *others])
        # The first groups get the most look-alikes. Shuffling keeps batches from having only those groups, or none.
        order = [picture for i in torch.randperm(len(groups), generator=generator) for picture in groups[i]]
        yield from torch.tensor(order)[: count // PAIRS * PAIRS].split(PAIRS)


@torch.no_grad()
def find_look_alikes(checkpoint: Path, pool: Path, threads: int) -> np.ndarray:
    """The nearest pictures of each, nearest first, without those that may be the same picture. @returns int [n, m]"""
    torch.set_num_threads(threads)
    model, _ = load(checkpoint)
    pictures = np.load(pool, mmap_mode="r")
    embeddings = []
    for start in range(0, len(pictures), PAIRS):
        planes = torch.from_numpy(pictures[start : start + PAIRS].copy()).permute(0, 3, 1, 2).float().div_(255)
        embeddings.append(model(F.interpolate(planes, STAGES_AGAIN[-1][1], mode="area"))[0])
    embeddings = torch.cat(embeddings)
    found = []
    for block in embeddings.split(1024):
        similarity = block @ embeddings.T
        similarity[similarity > SAME_PICTURE] = -1  # includes the picture itself
        nearest = similarity.topk(LOOK_ALIKES)
        found.append(nearest.indices.masked_fill(nearest.values < 0, -1))
    return torch.cat(found).numpy()


def save(path: Path, model: Descriptor, average: Descriptor, about: dict) -> None:
    """Replaces the checkpoint atomically, so a reader never sees a partial one."""
    part = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "average": average.state_dict(), "about": about}, part)
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder written by prepare.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=57)
    parser.add_argument("--start", type=Path, help="checkpoint whose averaged weights to start from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    stages = STAGES_AGAIN if args.start else STAGES
    before = {"minutes": 0.0, "steps": 0, "views": 0}
    if args.start:
        start_model, before = load(args.start)
    pool = np.load(args.data / "train.npy")
    look_alikes = np.empty((len(pool), 0), int)
    if args.start:
        # In a separate process, because the one that makes views must start before this one has threads.
        with multiprocessing.get_context("spawn").Pool(1) as other:
            look_alikes = other.apply(find_look_alikes, (args.start, args.data / "train.npy", args.threads))
    side = multiprocessing.Value("i", stages[0][1])
    # One worker keeps the steps in order. It starts before this process has threads.
    views_of_steps = Views(pool, look_alikes, args.seed, side, before["steps"])
    steps = iter(torch.utils.data.DataLoader(views_of_steps, batch_size=None, num_workers=1))
    model = Descriptor().to(memory_format=torch.channels_last).train()
    if args.start:
        model.load_state_dict(start_model.state_dict())
    average = Descriptor().to(memory_format=torch.channels_last)
    average.load_state_dict(model.state_dict())
    optimizer = optimizer_for(model)

    def about(step: int, minutes: float) -> dict:
        done = {"minutes": round(minutes, 1), "steps": step, "views": step * 2 * PAIRS}
        return {"seed": args.seed, **{key: round(before[key] + value, 1) for key, value in done.items()}}

    start = saved = time.monotonic()
    step = 0
    with open(args.out / "loss.csv", "w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["step", "minutes", "side", "rate", "infonce", "koleo", "right", "views_per_second"])
        while (progress := (time.monotonic() - start) / 60 / args.minutes) < 1:
            side.value = [size for share, size in stages if progress >= share][-1]
            rate = rate_at(step, progress)
            for group in optimizer.param_groups:
                group["lr"] = rate
            views = next(steps)
            embeddings, _ = model(views.to(memory_format=torch.channels_last).float().div_(255))
            contrast, koleo, right = loss_of(embeddings)
            optimizer.zero_grad(set_to_none=True)
            (contrast + KOLEO_WEIGHT * koleo).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            update_average(average, model, step)
            step += 1
            if step % LOG_STEPS == 0:
                now = time.monotonic()
                row = [step, f"{(now - start) / 60:.2f}", views.shape[-1], f"{rate:.2e}", f"{contrast.item():.4f}"]
                row += [f"{koleo.item():.4f}", f"{right:.4f}", f"{step * 2 * PAIRS / (now - start):.0f}"]
                log.writerow(row)
                file.flush()
                print(*row, flush=True)
                if now - saved > CHECKPOINT_SECONDS:
                    save(args.out / "checkpoint.pt", model, average, about(step, (now - start) / 60))
                    saved = now
    save(args.out / "checkpoint.pt", model, average, about(step, (time.monotonic() - start) / 60))


if __name__ == "__main__":
    main()
