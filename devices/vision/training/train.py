"""Trains the network on all lots but some, and writes what it says of the others.

Example: python -m devices.vision.training.train --images ../shared/images --out runs --fold 0

Without a fold it trains the network that is shipped. A run that was stopped goes on where its last epoch ended.
"""

import argparse
import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
import torch.nn.functional as nnf

from devices.vision.geometry import Corners, Picture, View, cut, views
from devices.vision.labels import Label, LabelError, picture_of, read_labels
from devices.vision.training.augment import altered
from devices.vision.training.network import Network, pretrained
from devices.vision.training.scenes import split

EPOCHS: Final = 4
BATCH: Final = 32
RATE: Final = 5e-4
WARM_STEPS: Final = 100
MIXED_SHARE: Final = 0.5
SMOOTHED: Final = 0.01
FOLLOWED: Final = 0.998
"""How slowly the averaged weights, which are what is kept, follow those that are trained."""
SEED: Final = 20261128


@dataclass(frozen=True, eq=False, slots=True)
class Spaces:
    """Every labelled space: its patch, corners and truth."""

    labels: list[Label]
    patches: list[tuple[Picture, Corners]]

    @classmethod
    def read(cls, images: Path) -> "Spaces":
        labels = [label for label in read_labels(images / "labels.csv") if isinstance(label, Label)]
        patches = []
        for label in labels:
            picture = picture_of(label, images)
            if isinstance(picture, LabelError):
                raise picture
            patches.append(cut(picture, label.corners))
        return cls(labels, patches)

    def truth(self, rows: Sequence[int]) -> torch.Tensor:
        return torch.tensor([float(self.labels[row].occupied) for row in rows])

    def shown(
        self, rows: Sequence[int], chance: np.random.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures and masks as the network takes them, altered by chance where one is given."""
        both = [views(*self.patches[n]) if chance is None else altered(*self.patches[n], chance) for n in rows]
        return tensors([first for first, _ in both] + [second for _, second in both])


def tensors(shown: Sequence[View]) -> tuple[torch.Tensor, torch.Tensor]:
    pictures = torch.from_numpy(np.stack([picture for picture, _ in shown])[..., ::-1].copy())
    masks = torch.from_numpy(np.stack([mask for _, mask in shown]))
    scaled = (pictures.permute(0, 3, 1, 2).float() - 127) / 128
    return scaled.contiguous(memory_format=torch.channels_last), masks[:, None].float() / 255


class Training:
    """One run: the network, its average, the optimiser and where it stands."""

    def __init__(self, spaces: Spaces, rows: list[int], *, epochs: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.chance = np.random.default_rng(seed)
        self.spaces, self.rows, self.epochs = spaces, rows, epochs
        self.network = pretrained()
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(self.network.groups(RATE))
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.epoch = self.step = 0

    @property
    def steps(self) -> int:
        return self.epochs * (len(self.rows) // BATCH)

    def run_epoch(self) -> float:
        """The mean loss."""
        self.network.train()
        batches = np.array_split(self.chance.permutation(self.rows), len(self.rows) // BATCH)
        losses = [self._run_batch(batch.tolist()) for batch in batches]
        self.epoch += 1
        return sum(losses) / len(losses)

    def _run_batch(self, rows: list[int]) -> float:
        self._set_rate()
        (pictures, masks), truth = self.spaces.shown(rows, self.chance), self.spaces.truth(rows)
        if self.chance.random() < MIXED_SHARE:
            share = float(self.chance.beta(0.4, 0.4))
            other = torch.randperm(len(rows))
            both = torch.cat([other, other + len(rows)])
            pictures = share * pictures + (1 - share) * pictures[both]
            masks = share * masks + (1 - share) * masks[both]
            truth = share * truth + (1 - share) * truth[other]
        loss = nnf.binary_cross_entropy_with_logits(
            self.network(pictures, masks), truth * (1 - 2 * SMOOTHED) + SMOOTHED
        )
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return float(loss.item())

    def _set_rate(self) -> None:
        """Up over the first steps, then down along a cosine."""
        share = min(1.0, self.step / WARM_STEPS) * (1 + math.cos(math.pi * self.step / self.steps)) / 2
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * share

    def _follow(self) -> None:
        kept = min(FOLLOWED, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(weight, 1 - kept)
            for mean, value in zip(self.average.buffers(), self.network.buffers(), strict=True):
                mean.copy_(value)

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "chance": self.chance.bit_generator.state,
            "torch": torch.get_rng_state(),
            "epoch": self.epoch,
            "step": self.step,
        }

    def resume(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.chance.bit_generator.state = state["chance"]
        torch.set_rng_state(state["torch"])
        self.epoch, self.step = state["epoch"], state["step"]


def judged(network: Network, spaces: Spaces, rows: Sequence[int]) -> torch.Tensor:
    """What the network says of rows, one number each."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(*spaces.shown(rows[n : n + 128])) for n in range(0, len(rows), 128)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fold", type=int, choices=range(5))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=1)
    told = parser.parse_args()
    torch.set_num_threads(told.threads)
    cv2.setNumThreads(1)
    spaces = Spaces.read(told.images)
    learnt, held = split(spaces.labels, told.fold)
    name = "shipped" if told.fold is None else f"fold{told.fold}"
    training = Training(spaces, learnt, epochs=told.epochs, seed=SEED)
    told.out.mkdir(parents=True, exist_ok=True)
    checkpoint = told.out / f"{name}.pt"
    if checkpoint.exists():
        training.resume(torch.load(checkpoint, weights_only=False))
    begun = time.monotonic()
    while training.epoch < told.epochs:
        loss = training.run_epoch()
        torch.save(training.state(), checkpoint)
        print(f"{name}: epoch {training.epoch}, loss {loss:.4f}, {time.monotonic() - begun:.0f} s", flush=True)
    scores, truth = judged(training.average, spaces, held).numpy(), spaces.truth(held).numpy().astype(bool)
    np.savez(told.out / f"{name}.npz", rows=np.array(held), scores=scores, truth=truth)
    print(f"{name}: accuracy on {len(held)} spaces of other lots {np.mean((scores > 0) == truth):.4f}", flush=True)


if __name__ == "__main__":
    main()
