"""Draws pictures: any number, free of copyright, and varied in the features that a copy detector must see.

A picture has a background, layers on it (textures, shapes, strokes, glyphs, stripes, repeated objects) and a finish
(light, blur, grain). All randomness comes from one NumPy generator, so a seed always gives the same pictures.

    python3 procedural.py --count 64 --seed 1 --sheet sheet.png     # to view them
"""

import argparse

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 128  # px


def draw_many(count: int, seed: int, block: int = 0) -> np.ndarray:
    """@returns uint8 [count, SIDE, SIDE, 3]; each `block` has different pictures for the same seed."""
    rng = np.random.default_rng([seed, block])
    return np.stack([draw(rng) for _ in range(count)])


def draw(rng: np.random.Generator) -> np.ndarray:
    """One picture. @returns uint8 [SIDE, SIDE, 3]"""
    palette = colors(rng)
    kind = rng.choice(["scene", "shapes", "repeated", "glyphs", "pattern", "texture"], p=[0.3, 0.25, 0.15, 0.1, 0.1, 0.1])
    canvas = background(rng, palette)
    if kind == "scene":
        canvas = scene(rng, canvas, palette)
    elif kind == "shapes":
        for _ in range(int(rng.choice([1, 2, 4, 9, 20, 45]))):
            canvas = paint(canvas, any_mask(rng), fill(rng, palette))
    elif kind == "repeated":
        canvas = repeated(rng, canvas, palette)
    elif kind == "glyphs":
        for _ in range(int(rng.integers(1, 4))):
            canvas = paint(canvas, glyph_mask(rng), fill(rng, palette))
    elif kind == "pattern":
        canvas = paint(canvas, pattern_mask(rng), fill(rng, palette))
        for _ in range(int(rng.integers(0, 4))):
            canvas = paint(canvas, any_mask(rng), fill(rng, palette))
    else:
        for _ in range(int(rng.integers(1, 3))):
            canvas = paint(canvas, threshold_mask(rng), texture(rng, palette))
    return finish(rng, canvas)


# ---- colors and fills: float32 [SIDE, SIDE, 3] in 0..255


def colors(rng: np.random.Generator) -> np.ndarray:
    """Six matching colors: near one base, muted or vivid, sometimes gray or unrelated. @returns [6, 3]"""
    style = rng.random()
    if style < 0.12:
        return np.repeat(rng.uniform(0, 255, (6, 1)), 3, axis=1)
    if style < 0.4:
        return rng.uniform(0, 255, (6, 3))
    base = rng.uniform(20, 235, 3)
    return np.clip(base + rng.normal(0, rng.uniform(15, 80), (6, 3)) + rng.normal(0, 45, (6, 1)), 0, 255)


def pick(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    return palette[rng.integers(len(palette))]


def spectrum(rng: np.random.Generator, channels: int) -> np.ndarray:
    """Noise with an amplitude of 1/f^a, stretched in one direction: a natural-looking texture with zero mean and unit
    deviation. @returns [SIDE, SIDE, channels]"""
    fy, fx = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    turn, stretch = rng.uniform(0, np.pi), np.exp(rng.uniform(0, 1.4) * (rng.random() < 0.5))
    along, across = fx * np.cos(turn) + fy * np.sin(turn), fy * np.cos(turn) - fx * np.sin(turn)
    radius = np.hypot(along * stretch, across / stretch)
    radius[0, 0] = 1
    amplitude = radius ** -rng.uniform(0.5, 2.3)
    if rng.random() < 0.25:  # a preferred wavelength: cloth, gravel, leaves
        center = np.exp(rng.uniform(np.log(0.03), np.log(0.3)))
        amplitude = amplitude * (0.05 + np.exp(-(np.log(radius / center) ** 2) / 0.15))
    amplitude[0, 0] = 0
    phase = np.exp(2j * np.pi * rng.random((channels, *amplitude.shape)))
    field = np.fft.irfft2(amplitude * phase, s=(SIDE, SIDE)).transpose(1, 2, 0)
    return (field / (field.std((0, 1)) + 1e-6)).astype(np.float32)


def texture(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """1/f noise along one or three color axes."""
    deviation = rng.uniform(10, 60)
    if rng.random() < 0.5:
        axis = rng.normal(size=3) * 0.4 + 1
        return pick(rng, palette) + deviation * spectrum(rng, 1) * axis
    mix = rng.normal(size=(3, 3)) * rng.uniform(0.1, 0.6) + rng.uniform(0.2, 0.8)
    return pick(rng, palette) + deviation * 0.7 * (spectrum(rng, 3) @ mix)


def ramp(rng: np.random.Generator) -> np.ndarray:
    """A linear or radial ramp, 0..1. @returns [SIDE, SIDE, 1]"""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    if rng.random() < 0.6:
        turn = rng.uniform(0, 2 * np.pi)
        value = x * np.cos(turn) + y * np.sin(turn)
    else:
        cx, cy = rng.uniform(-0.2, 1.2, 2)
        value = np.hypot(x - cx, y - cy)
    value = (value - value.min()) / (np.ptp(value) + 1e-6)
    return (value ** np.exp(rng.uniform(-0.7, 0.7)))[..., None]


def gradient(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    t = ramp(rng)
    return pick(rng, palette) * t + pick(rng, palette) * (1 - t)


def fill(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    """The fill of a mask: a flat color, a gradient or a texture."""
    style = rng.random()
    if style < 0.45:
        return np.broadcast_to(pick(rng, palette), (SIDE, SIDE, 3))
    return gradient(rng, palette) if style < 0.72 else texture(rng, palette)


def background(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    style = rng.random()
    if style < 0.15:  # a studio background: nearly white, as in product photos
        return np.full((SIDE, SIDE, 3), rng.uniform(215, 255)) - 15 * ramp(rng)
    if style < 0.35:
        return gradient(rng, palette)
    if style < 0.45:
        return np.broadcast_to(pick(rng, palette), (SIDE, SIDE, 3)).copy()
    return texture(rng, palette)


def paint(canvas: np.ndarray, mask: np.ndarray, paint_: np.ndarray) -> np.ndarray:
    return canvas + (paint_ - canvas) * mask[..., None]


# ---- masks: float32 [SIDE, SIDE] in 0..1


def drawn_mask(rng: np.random.Generator, act) -> np.ndarray:
    """Runs `act(pencil, scale)` on a canvas of twice the size, which makes edges smooth."""
    image = Image.new("L", (2 * SIDE, 2 * SIDE))
    act(ImageDraw.Draw(image), 2 * SIDE)
    image = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    if rng.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 3)))
    return np.asarray(image, np.float32) / 255


def outline(rng: np.random.Generator) -> np.ndarray:
    """A closed curve around the origin, radius about 1: ellipse, box, polygon, star or blob. @returns [n, 2]"""
    kind = rng.integers(5)
    if kind == 0:
        angle, radius = np.linspace(0, 2 * np.pi, 40, endpoint=False), np.ones(40)
    elif kind == 1:
        angle, radius = np.pi * np.array([0.25, 0.75, 1.25, 1.75]), np.full(4, 1.2)
    elif kind == 2:
        count = int(rng.integers(3, 9))
        angle, radius = np.sort(rng.uniform(0, 2 * np.pi, count)), rng.uniform(0.4, 1.4, count)
    elif kind == 3:
        count = 2 * int(rng.integers(3, 8))
        angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
        radius = np.where(np.arange(count) % 2, rng.uniform(0.25, 0.8), 1.2)
    else:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        radius = np.ones(48)
        for harmonic in range(1, 7):
            radius = radius + rng.normal() * 0.28 / harmonic * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
        radius = np.abs(radius)
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None] * np.exp(rng.normal(0, 0.35, 2))
    return points @ rotation(rng.uniform(0, 2 * np.pi))


def rotation(turn: float) -> np.ndarray:
    return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def shape_mask(rng: np.random.Generator, size: float | None = None) -> np.ndarray:
    """A filled or outlined closed curve; sizes follow a power law, as in photos."""
    size = min(0.6, 0.04 + 0.05 * rng.pareto(1.4)) if size is None else size
    points = outline(rng) * size + rng.uniform(-0.05, 1.05, 2)
    width = 0 if rng.random() < 0.8 else rng.uniform(0.008, 0.03)

    def act(pencil, scale):
        flat = [tuple(p) for p in points * scale]
        if width:
            pencil.line([*flat, flat[0]], fill=255, width=max(2, int(width * scale)), joint="curve")
        else:
            pencil.polygon(flat, fill=255)

    return drawn_mask(rng, act)


def stroke_mask(rng: np.random.Generator) -> np.ndarray:
    """A few bent strokes: branches, cables, hair, handwriting."""
    count, width = int(rng.integers(1, 8)), rng.uniform(0.006, 0.05)
    start, heading = rng.uniform(0, 1, 2), rng.uniform(0, 2 * np.pi)

    def act(pencil, scale):
        for _ in range(count):
            spot = start + rng.normal(0, 0.25, 2)
            turns = heading + rng.normal(0, 0.5) + np.cumsum(rng.normal(0, rng.uniform(0.02, 0.5), 24))
            path = spot + np.cumsum(np.stack([np.cos(turns), np.sin(turns)], 1) * rng.uniform(0.01, 0.05), 0)
            pencil.line([tuple(p) for p in path * scale], fill=255, width=max(1, int(width * scale)), joint="curve")

    return drawn_mask(rng, act)


def glyph_mask(rng: np.random.Generator) -> np.ndarray:
    """Lines of invented letters, each a few straight or round strokes in a cell: labels, signs, screens."""
    size = np.exp(rng.uniform(np.log(0.05), np.log(0.3)))
    alphabet = [[(rng.integers(0, 3, 4) / 2, rng.random() < 0.35) for _ in range(rng.integers(1, 5))] for _ in range(12)]
    left, top, lines = rng.uniform(-0.05, 0.5), rng.uniform(-0.05, 0.8), int(rng.integers(1, 7))
    turn = rotation(rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(0, 2 * np.pi))
    width = size * rng.uniform(0.08, 0.25)

    def act(pencil, scale):
        for line in range(lines):
            for column in range(int(rng.integers(2, 14))):
                if rng.random() < 0.15:
                    continue
                corner = np.array([left + column * size * 0.75, top + line * size * 1.5])
                for (x0, y0, x1, y1), is_round in alphabet[rng.integers(len(alphabet))]:
                    ends = (corner + np.array([[x0 * 0.5, y0], [x1 * 0.5, y1]]) * size - 0.5) @ turn + 0.5
                    ends = ends * scale
                    if is_round:
                        box = [*ends.min(0), *(ends.max(0) + size * 0.3 * scale)]
                        pencil.arc(box, 0, 270, fill=255, width=max(1, int(width * scale)))
                    else:
                        pencil.line([tuple(ends[0]), tuple(ends[1])], fill=255, width=max(1, int(width * scale)))

    return drawn_mask(rng, act)


def pattern_mask(rng: np.random.Generator) -> np.ndarray:
    """Stripes, a grid, checks, rings or dots over the whole picture, sometimes slightly bent."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    if rng.random() < 0.4:
        bend = spectrum(rng, 2) * rng.uniform(0.002, 0.02)
        x, y = x + bend[..., 0], y + bend[..., 1]
    turn, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(0.035), np.log(0.3)))
    u, v = (x * np.cos(turn) + y * np.sin(turn)) / period, (y * np.cos(turn) - x * np.sin(turn)) / period
    kind, duty = rng.integers(5), rng.uniform(0.15, 0.8)
    if kind == 0:
        value = np.cos(2 * np.pi * u)
    elif kind == 1:
        value = np.maximum(np.cos(2 * np.pi * u), np.cos(2 * np.pi * v * rng.choice([0.5, 1.0])))
    elif kind == 2:
        value = np.sign(np.cos(np.pi * u)) * np.sign(np.cos(np.pi * v))
    elif kind == 3:
        value = np.cos(2 * np.pi * np.hypot(x - rng.random(), y - rng.random()) / period)
    else:
        value = np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v)
    return np.clip((value - np.quantile(value, 1 - duty)) * rng.uniform(2, 12) + 0.5, 0, 1).astype(np.float32)


def threshold_mask(rng: np.random.Generator) -> np.ndarray:
    """Noise cut at a level: clouds, foliage, stains, coastlines."""
    field = spectrum(rng, 1)[..., 0]
    return np.clip((field - rng.uniform(-1, 1.2)) * rng.uniform(1, 12) + 0.5, 0, 1)


def any_mask(rng: np.random.Generator) -> np.ndarray:
    style = rng.random()
    if style < 0.68:
        return shape_mask(rng)
    if style < 0.82:
        return stroke_mask(rng)
    return (threshold_mask(rng) if style < 0.87 else pattern_mask(rng) if style < 0.91 else glyph_mask(rng)) * (
        shape_mask(rng, rng.uniform(0.15, 0.45)) if rng.random() < 0.7 else 1
    )


# ---- compositions


def scene(rng: np.random.Generator, canvas: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """A ground below a horizon, and one main object with a few parts and a shadow."""
    if rng.random() < 0.6:
        horizon = rng.uniform(0.3, 0.9) + 0.05 * np.cumsum(rng.normal(0, rng.uniform(0, 0.15), SIDE))
        rows = np.arange(SIDE)[:, None] / SIDE
        canvas = paint(canvas, np.clip((rows - horizon[None]) * 40, 0, 1), fill(rng, palette))
    for _ in range(int(rng.integers(0, 5))):
        canvas = paint(canvas, any_mask(rng), fill(rng, palette))
    center, size = rng.uniform(0.3, 0.7, 2), rng.uniform(0.12, 0.4)
    parts = [(outline(rng) * size * rng.uniform(0.25, 1), center + rng.normal(0, size * 0.5, 2)) for _ in range(rng.integers(1, 7))]
    shadow = rng.uniform(0.02, 0.08, 2) if rng.random() < 0.4 else None
    object_colors = colors(rng)
    for curve, spot in parts:
        mask = drawn_mask(rng, lambda pencil, scale: pencil.polygon([tuple(p) for p in (curve + spot) * scale], fill=255))
        if shadow is not None:
            moved = np.roll(mask, (shadow * SIDE).astype(int), (0, 1))
            canvas = canvas * (1 - 0.45 * moved[..., None])
        canvas = paint(canvas, mask, fill(rng, object_colors) * (0.7 + 0.5 * ramp(rng)))
    return canvas


def repeated(rng: np.random.Generator, canvas: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """The same object many times, in rows or scattered, like goods on a shelf."""
    curve, inner = outline(rng), outline(rng) * rng.uniform(0.2, 0.7)
    size, in_rows = rng.uniform(0.04, 0.16), rng.random() < 0.6
    step = size * rng.uniform(1.6, 3.2)
    if in_rows:
        grid = np.stack(np.meshgrid(np.arange(-0.1, 1.1, step), np.arange(-0.1, 1.1, step * rng.uniform(0.8, 1.5))), -1)
        spots = grid.reshape(-1, 2) + rng.normal(0, step * rng.choice([0, 0.06, 0.15]), (grid.size // 2, 2))
    else:
        spots = rng.uniform(0, 1, (int(rng.integers(4, 40)), 2))
    spots = spots[rng.random(len(spots)) < rng.uniform(0.6, 1)]
    turns = rng.uniform(0, 2 * np.pi, len(spots)) * (rng.random() < 0.5)
    for part in (curve, inner):
        def act(pencil, scale, part=part):
            for spot, turn in zip(spots, turns):
                pencil.polygon([tuple(p) for p in (part @ rotation(turn) * size + spot) * scale], fill=255)
        canvas = paint(canvas, drawn_mask(rng, act), fill(rng, palette))
    return paint(canvas, any_mask(rng), fill(rng, palette)) if rng.random() < 0.5 else canvas


def finish(rng: np.random.Generator, canvas: np.ndarray) -> np.ndarray:
    """Uneven light, softness and grain, as from a camera."""
    if rng.random() < 0.4:
        canvas = canvas * (1 - rng.uniform(0.1, 0.6) * ramp(rng))
    if rng.random() < 0.3:
        canvas = canvas + rng.normal(0, rng.uniform(2, 10), canvas.shape)
    image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    return np.asarray(image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheet", required=True, help="contact sheet to write")
    args = parser.parse_args()
    columns = max(1, int(np.sqrt(args.count)))
    rows = args.count // columns
    pictures = draw_many(rows * columns, args.seed).reshape(rows, columns, SIDE, SIDE, 3)
    Image.fromarray(pictures.transpose(0, 2, 1, 3, 4).reshape(rows * SIDE, columns * SIDE, 3)).save(args.sheet)


if __name__ == "__main__":
    main()
