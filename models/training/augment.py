"""Turns pictures into near-duplicates, for whole batches at once.

All randomness comes from the generator that is passed in, so a seed always gives the same views. Geometry is one affine
map per view (crop, squash, eight orientations, tilt) and therefore one resampling; color is one 3x4 matrix per view.
Expensive steps process only the part of the batch that needs them.
"""

import math

import torch
import torch.nn.functional as F

THUMBNAILS = (0.25, 0.25, 0.375, 0.5)  # of a view's side; a quarter of the program's 128 px is CIFAR's 32 px
JPEG_BLOCK = 8  # px
# Quantization of luminance, ITU-T T.81 table K.1.
JPEG_TABLE = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=torch.float32,
)
LUMINANCE = torch.tensor([0.299, 0.587, 0.114])


class Dice:
    """Random numbers for the steps below, for one batch size."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count, self.generator = count, generator

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.rand((self.count, *shape), generator=self.generator) * (high - low) + low

    def log_uniform(self, low: float, high: float) -> torch.Tensor:
        return self.uniform(math.log(low), math.log(high)).exp()

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn((self.count, *shape), generator=self.generator)

    def chance(self, probability: float) -> torch.Tensor:
        return torch.rand(self.count, generator=self.generator) < probability

    def whole(self, below: int) -> torch.Tensor:
        return torch.randint(0, below, (self.count,), generator=self.generator)

    def among(self, rows: torch.Tensor) -> "Dice":
        return Dice(len(rows), self.generator)


def two_views(pictures: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """Two views of each picture: a mild one, like the original, and a strong one, like a copy.

    Both start from the same crop, which makes many more pictures from a small pool.
    @param pictures uint8 [n, h, w, 3]. @returns float [2n, 3, side, side] in 0..1; row i and row n + i show the same picture
    """
    dice = Dice(len(pictures), generator)
    planes = pictures.permute(0, 3, 1, 2).contiguous().float().div_(255)
    frame = shared_frame(dice)
    shift = color_matrix(dice, strength=0.6, gray=0.05)
    views = []
    for strong in (False, True):
        size, placed = (dice.count, 3, side, side), placement(dice, strong)
        grid = F.affine_grid((frame @ placed)[:, :2], size, align_corners=False)
        view = F.grid_sample(planes, grid, padding_mode="reflection", align_corners=False)
        matrix = color_matrix(dice, strength=1.0 if strong else 0.5, gray=0.15 if strong else 0.04) @ shift
        view = recolor(view, matrix, dice)
        inside = F.affine_grid(placed[:, :2], size, align_corners=False)
        view = fill_outside(view, inside, dice)
        views.append(degrade(view, dice, strong))
    return torch.cat(views)


# ---- geometry: 3x3 matrices from the view's coordinates to the picture's, both -1..1


def matrices(a, b, c, d, x, y) -> torch.Tensor:
    """Rows (a b x), (c d y), (0 0 1). @returns [n, 3, 3]"""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return torch.stack([a, b, x, c, d, y, zero, zero, one], -1).view(-1, 3, 3)


def shared_frame(dice: Dice) -> torch.Tensor:
    """The crop and orientation that both views share."""
    scale = torch.where(dice.chance(0.6), dice.log_uniform(0.55, 1), torch.ones(dice.count))
    x, y = (dice.uniform(-1, 1) * (1 - scale) for _ in range(2))
    zero = torch.zeros(dice.count)
    return matrices(scale, zero, zero, scale, x, y) @ orientation(dice, turned=0.75, mirrored=0.5)


def orientation(dice: Dice, turned: float, mirrored: float) -> torch.Tensor:
    """A rotation by 90, 180 or 270 degrees with probability `turned`, mirrored with probability `mirrored`."""
    quarter = torch.where(dice.chance(turned), dice.whole(3) + 1, torch.zeros(dice.count, dtype=torch.long))
    cosine = torch.tensor([1.0, 0.0, -1.0, 0.0])[quarter]
    sine = torch.tensor([0.0, 1.0, 0.0, -1.0])[quarter]
    mirror = torch.where(dice.chance(mirrored), -1.0, 1.0)
    zero = torch.zeros(dice.count)
    return matrices(cosine * mirror, -sine, sine * mirror, cosine, zero, zero)


def placement(dice: Dice, strong: bool) -> torch.Tensor:
    """Crop (by area, down to a quarter for a strong view), squash, tilt, orientation."""
    area = dice.log_uniform(0.25, 1.0) if strong else dice.log_uniform(0.65, 1.0)
    stretch = dice.uniform(-0.3, 0.3) if strong else dice.uniform(-0.1, 0.1)
    is_cropped = dice.chance(0.7 if strong else 0.4)
    area = torch.where(is_cropped, area, dice.uniform(0.92, 1.0))
    stretch = torch.where(is_cropped, stretch, torch.zeros(dice.count))
    width, height = (area.sqrt() * stretch.exp()).clamp(max=1.0), (area.sqrt() / stretch.exp()).clamp(max=1.0)
    padded = dice.chance(0.12 if strong else 0.04)
    barred = dice.chance(0.5)  # bars on two sides instead of a border all around
    width = torch.where(padded, torch.where(barred, torch.ones(dice.count), dice.uniform(1.0, 1.5)), width)
    height = torch.where(padded, dice.uniform(1.05, 1.8), height)
    x, y = dice.uniform(-1, 1) * (1 - width).abs(), dice.uniform(-1, 1) * (1 - height).abs()
    tilt = torch.where(dice.chance(0.25 if strong else 0.1), dice.uniform(-0.4, 0.4), torch.zeros(dice.count))
    zero = torch.zeros(dice.count)
    turn = matrices(tilt.cos(), -tilt.sin(), tilt.sin(), tilt.cos(), zero, zero)
    crop = matrices(width, zero, zero, height, x, y)
    return crop @ turn @ orientation(dice, turned=0.45 if strong else 0.08, mirrored=0.4 if strong else 0.1)


def fill_outside(view: torch.Tensor, grid: torch.Tensor, dice: Dice) -> torch.Tensor:
    """Two thirds of the views that extend beyond their frame get one color there, as in letterboxes and rotated scans;
    the others keep its reflection. @param grid [n, h, w, 2], the position of each pixel in the frame, -1..1 inside"""
    outside = (grid.abs() > 1).any(-1)[:, None] & dice.chance(0.67)[:, None, None, None]
    tone = dice.uniform(0, 1, 3, 1, 1)
    tone = torch.where(dice.chance(0.7)[:, None, None, None], (tone[:, :1] > 0.5).float().expand_as(tone), tone)
    return torch.where(outside, tone, view)


# ---- color


def color_matrix(dice: Dice, strength: float, gray: float) -> torch.Tensor:
    """Contrast, saturation, white balance, brightness and grayscale as one affine map of RGB. @returns [n, 4, 4]"""
    identity = torch.eye(3).expand(dice.count, 3, 3)
    touched = dice.chance(0.75).float() * strength
    saturation = 1 + touched * dice.uniform(-0.6, 0.6)
    saturation = torch.where(dice.chance(gray), torch.zeros(dice.count), saturation)[:, None, None]
    to_gray = LUMINANCE.expand(dice.count, 3, 3)
    contrast = (touched * dice.uniform(-0.5, 0.45)).exp()
    balance = (dice.chance(0.4).float()[:, None] * strength * 0.14 * dice.normal(3)).exp()
    mixed = saturation * identity + (1 - saturation) * to_gray
    mixed = mixed * (contrast[:, None] * balance)[:, :, None]
    # A few pictures get entirely different colors: sepia, false color, a strong cast.
    other = dice.chance(0.05 * strength)[:, None, None]
    mixed = torch.where(other, mixed @ (0.7 * identity + 0.35 * dice.normal(3, 3)).abs(), mixed)
    offset = 0.5 * (1 - contrast) + touched * dice.uniform(-0.2, 0.2)
    full = torch.zeros(dice.count, 4, 4)
    full[:, :3, :3], full[:, :3, 3], full[:, 3, 3] = mixed, offset[:, None], 1
    return full


def recolor(view: torch.Tensor, matrix: torch.Tensor, dice: Dice) -> torch.Tensor:
    """Applies the color map, then a gamma curve to two fifths of the batch."""
    count, _, height, width = view.shape
    view = torch.baddbmm(matrix[:, :3, 3:], matrix[:, :3, :3], view.view(count, 3, -1)).clamp_(0, 1)
    view = view.view(count, 3, height, width)
    rows = dice.chance(0.4).nonzero()[:, 0]
    gamma = dice.among(rows).log_uniform(0.55, 1.8)[:, None, None, None]
    view[rows] = view[rows].clamp_(min=1e-4) ** gamma
    return view


# ---- what copying does to the pixels


def degrade(view: torch.Tensor, dice: Dice, strong: bool) -> torch.Tensor:
    """Overlay, blur, noise, scaling to a thumbnail and back, JPEG; in place where possible."""
    if strong:
        rows = dice.chance(0.3).nonzero()[:, 0]
        view[rows] = overlay(view[rows], view[(rows + 1) % len(view)], dice.among(rows))
    for _ in range(2):
        rows = dice.chance(0.09 if strong else 0.04).nonzero()[:, 0]
        if len(rows):
            view[rows] = blur(view[rows], float(dice.log_uniform(0.5, 2.2)[0]))
    rows = dice.chance(0.2 if strong else 0.08).nonzero()[:, 0]
    some = dice.among(rows)
    view[rows] += some.normal(*view.shape[1:]) * some.uniform(0, 0.1)[:, None, None, None]
    # Thumbnails must match thumbnails and originals, so either view may be one.
    which = torch.where(dice.chance(0.4 if strong else 0.3), dice.whole(len(THUMBNAILS)), torch.full((dice.count,), -1))
    for index, share in enumerate(THUMBNAILS):
        rows = (which == index).nonzero()[:, 0]
        size = round(view.shape[-1] * share / JPEG_BLOCK) * JPEG_BLOCK
        if len(rows):
            small = F.interpolate(view[rows], size, mode="area")
            small = jpeg(small, dice.among(rows).log_uniform(0.1, 1.2))
            view[rows] = F.interpolate(small, view.shape[-2:], mode="bilinear", align_corners=False)
    rows = ((which < 0) & dice.chance(0.35 if strong else 0.2)).nonzero()[:, 0]
    view[rows] = jpeg(view[rows], dice.among(rows).log_uniform(0.15, 6))
    return view.clamp_(0, 1)


def overlay(view: torch.Tensor, other: torch.Tensor, dice: Dice) -> torch.Tensor:
    """A box of flat color, of another picture, or of that picture's bright parts (like lettering), at any opacity."""
    side = view.shape[-1]
    ruler = (torch.arange(side) + 0.5) / side
    width, height = (dice.log_uniform(0.1, 0.65)[:, None] for _ in range(2))
    left, top = dice.uniform(0, 1, 1) * (1 - width), dice.uniform(0, 1, 1) * (1 - height)
    columns = (ruler >= left) & (ruler < left + width)
    lines = (ruler >= top) & (ruler < top + height)
    mask = (lines[:, :, None] & columns[:, None, :]).float()[:, None] * dice.uniform(0.5, 1)[:, None, None, None]
    flat = dice.uniform(0, 1, 3, 1, 1)
    style = dice.whole(3)[:, None, None, None]
    bright = (other.mean(1, keepdim=True) > other.mean((1, 2, 3), keepdim=True)).float()
    mask = torch.where(style == 2, mask * bright, mask)
    return view + (torch.where(style == 1, other, flat) - view) * mask


def blur(view: torch.Tensor, deviation: float) -> torch.Tensor:
    """Gaussian blur, `deviation` in px of the view."""
    reach = 5
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / deviation) ** 2)
    line = line / line.sum()
    for kernel, pad in ((line.view(1, 1, -1, 1), (0, 0, reach, reach)), (line.view(1, 1, 1, -1), (reach, reach, 0, 0))):
        view = F.conv2d(F.pad(view, pad, mode="reflect"), kernel.expand(3, -1, -1, -1), groups=3)
    return view


def cosine_basis() -> torch.Tensor:
    """The orthonormal DCT-II matrix of JPEG's block size."""
    k, x = torch.meshgrid(torch.arange(JPEG_BLOCK), torch.arange(JPEG_BLOCK), indexing="ij")
    basis = torch.cos(math.pi * (x + 0.5) * k / JPEG_BLOCK) * math.sqrt(2 / JPEG_BLOCK)
    basis[0] /= math.sqrt(2)
    return basis


BASIS = cosine_basis()


def jpeg(view: torch.Tensor, coarseness: torch.Tensor) -> torch.Tensor:
    """JPEG's loss without its encoding: 8x8 cosine transform, rounding to multiples of the table times `coarseness`, and
    back. Uses the table on luminance and a coarser one on the color differences, as in files.

    @param view float [n, 3, h, w], h and w multiples of 8. @param coarseness [n]; 0.16 is about quality 92, 5 is quality 10
    """
    count, _, height, width = view.shape
    gray = (view * LUMINANCE[:, None, None]).sum(1, keepdim=True)
    planes = torch.cat([gray, view[:, 0:1] - gray, view[:, 2:3] - gray], 1)
    blocks = planes.view(count, 3, height // JPEG_BLOCK, JPEG_BLOCK, width // JPEG_BLOCK, JPEG_BLOCK).transpose(3, 4)
    table = JPEG_TABLE / 255 * torch.tensor([1.0, 1.8, 1.8])[:, None, None]
    step = (coarseness[:, None, None, None] * table)[:, :, None, None]
    blocks = BASIS.T @ (((BASIS @ blocks @ BASIS.T) / step).round_() * step) @ BASIS
    gray, red, blue = blocks.transpose(3, 4).reshape(count, 3, height, width).unbind(1)
    red, blue = gray + red, gray + blue
    green = (gray - LUMINANCE[0] * red - LUMINANCE[2] * blue) / LUMINANCE[1]
    return torch.stack([red, green, blue], 1)
