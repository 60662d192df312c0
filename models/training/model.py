"""The descriptor: MobileNetV3-Small body, generalized-mean pooling, one linear layer, unit length."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import mobilenet_v3_small

DIMENSIONS = 256  # of the embedding
FEATURES = 576  # channels of the body's last convolution
MIDDLE, DEVIATION = 115, 57.375  # input normalization in bytes, for the three channels alike: (byte - MIDDLE) / DEVIATION
POOL_FLOOR = 1e-6  # keeps the power mean defined where the activation is zero or below


class Descriptor(nn.Module):
    """Trained from random weights; nothing is downloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.body = mobilenet_v3_small(weights=None).features
        self.head = nn.Linear(FEATURES, DIMENSIONS)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """@param image float [n, 3, h, w] in 0..1, RGB. @returns embedding [n, 256] of unit length, features [n, 576]"""
        return self.describe((image * 255 - MIDDLE) / DEVIATION)

    def describe(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What follows the normalization. The generalized mean (Radenovic et al. 2018, "Fine-tuning CNN Image
        Retrieval") has a power of 4: learned, it went there from 3, and it needs no power function, which took a
        twelfth of the exported graph's time.
        """
        squares = self.body(pixels).clamp(min=POOL_FLOOR).square()
        features = squares.square().mean((2, 3)).sqrt().sqrt()
        return F.normalize(self.head(features)), features


def load(path) -> tuple[Descriptor, dict]:
    """The averaged weights of a checkpoint that `train.py` wrote, ready for inference, and what it says of itself."""
    checkpoint = torch.load(path, map_location="cpu")
    model = Descriptor()
    weights = checkpoint["average"]
    weights.pop("power", None)  # learned, in checkpoints of versions 1 and 2
    model.load_state_dict(weights)
    return model.eval(), checkpoint["about"]
