"""The model: MobileNetV3-Small body, generalized-mean pooling, one linear layer, unit length."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import mobilenet_v3_small

DIMENSIONS = 256  # of the embedding
FEATURES = 576  # channels of the body's last convolution
MIDDLE, DEVIATION = 115, 57.375  # input normalization in bytes, the same for all channels: (byte - MIDDLE) / DEVIATION
POOL_FLOOR = 1e-6  # keeps the power mean defined if the activation is not positive


class Descriptor(nn.Module):
    """Starts from random weights. Nothing is downloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.body = mobilenet_v3_small(weights=None).features
        self.head = nn.Linear(FEATURES, DIMENSIONS)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """@param image float [n, 3, h, w] in 0..1, RGB. @returns embedding [n, 256] of unit length, features [n, 576]"""
        return self.describe((image * 255 - MIDDLE) / DEVIATION)

    def describe(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Everything after normalization. The generalized mean (Radenovic et al. 2018, "Fine-tuning CNN Image
        Retrieval") has a power of 4: the learned power rose from 3 to nearly that, and 4 needs no power function, which
        took a twelfth of the exported graph's time.
        """
        squares = self.body(pixels).clamp(min=POOL_FLOOR).square()
        features = squares.square().mean((2, 3)).sqrt().sqrt()
        return F.normalize(self.head(features)), features


def load(path) -> tuple[Descriptor, dict]:
    """The averaged weights of a checkpoint from `train.py`, ready for inference, and its metadata."""
    checkpoint = torch.load(path, map_location="cpu")
    model = Descriptor()
    weights = checkpoint["average"]
    weights.pop("power", None)  # learned, in checkpoints of versions 1 and 2
    model.load_state_dict(weights)
    return model.eval(), checkpoint["about"]
