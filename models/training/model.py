"""The descriptor: MobileNetV3-Small body, generalized-mean pooling, one linear layer, unit length."""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import mobilenet_v3_small

DIMENSIONS = 256  # of the embedding
FEATURES = 576  # channels of the body's last convolution
MEAN, DEVIATION = 0.45, 0.225  # input normalization, one number for the three channels
POOL_FLOOR = 1e-6  # keeps the power mean defined where the activation is zero or below


class Descriptor(nn.Module):
    """Trained from random weights; nothing is downloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.body = mobilenet_v3_small(weights=None).features
        self.power = nn.Parameter(torch.tensor(3.0))  # Radenovic et al. 2018, "Fine-tuning CNN Image Retrieval"
        self.head = nn.Linear(FEATURES, DIMENSIONS)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """@param image float [n, 3, h, w] in 0..1, RGB. @returns embedding [n, 256] of unit length, features [n, 576]"""
        maps = self.body((image - MEAN) / DEVIATION)
        features = maps.clamp(min=POOL_FLOOR).pow(self.power).mean((2, 3)).pow(1 / self.power)
        return F.normalize(self.head(features)), features


def load(path) -> tuple[Descriptor, dict]:
    """The averaged weights of a checkpoint that `train.py` wrote, ready for inference, and what it says of itself."""
    checkpoint = torch.load(path, map_location="cpu")
    model = Descriptor()
    model.load_state_dict(checkpoint["average"])
    return model.eval(), checkpoint["about"]
