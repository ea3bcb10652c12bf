"""Turns finished runs into what is shipped: the network as ONNX, its card with the calibration, figures and plot.

Example: python -m devices.vision.training.finish --runs runs --plot docs/images/vision-calibration.png

The calibration is fitted on what the networks of the folds said of lots that they had not seen; the shipped network
is used with them, since of its own lots it would be too sure.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from devices.vision.classifier import MODEL
from devices.vision.geometry import MASK, SIDE
from devices.vision.judgement import CARD, Calibration, Card
from devices.vision.measures import Probabilities, Truth, accuracy, area_under_curve, calibration_error, reliability
from devices.vision.training.network import Network
from devices.vision.training.scenes import FOLDS, LEFT_OUT, SCENES

RECIPE: Final = "1"
OPSET: Final = 17
NEWTON_STEPS: Final = 50
BAND: Final = (0.2, 0.8)
"""A word that is wrong costs four times what it costs to say nothing, so nothing is said that is less than four fifths sure."""


Said = tuple[npt.NDArray[np.float64], Truth]
"""What the network of one fold said of the lots that it had not seen, and what was there."""


class Shipped(nn.Module):
    """As the product calls it: pictures as OpenCV holds them, masks as they are drawn."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        scaled = (pictures.permute(0, 3, 1, 2).flip(1).float() - 127) / 128
        said: torch.Tensor = self.network(scaled, masks[:, None].float() / 255)
        return said


def export(network: Network, path: Path) -> None:
    """Weights in half the precision: they are read into full precision when the file is opened."""
    import onnx  # noqa: PLC0415 - of the training environment
    from onnx import numpy_helper  # noqa: PLC0415 - as above

    example = torch.zeros(2, SIDE, SIDE, 3, dtype=torch.uint8), torch.zeros(2, MASK, MASK, dtype=torch.uint8)
    torch.onnx.export(
        Shipped(network).eval(),
        example,
        str(path),
        input_names=["pictures", "masks"],
        output_names=["scores"],
        dynamic_axes={"pictures": {0: "views"}, "masks": {0: "views"}, "scores": {0: "spaces"}},
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halved: list[Any] = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 1:
            name = weight.name
            model.graph.initializer.remove(weight)
            model.graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            halved.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*halved, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def fitted(said: Sequence[Said]) -> tuple[float, float]:
    """Scale and shift of Platt's logistic curve, by Newton's method. Each fold weighs alike, whatever its number of spaces.

    From lot to lot the network's number is shifted to and fro; what is wanted is the middle of lots, not that of the largest.
    """
    scores, truth = np.concatenate([s for s, _ in said]), np.concatenate([t for _, t in said])
    weights = np.concatenate([np.full(len(s), 1 / len(s)) for s, _ in said])
    design = np.stack([scores, np.ones_like(scores)], 1)
    found = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (p - truth))
        bend = (design * (weights * p * (1 - p))[:, None]).T @ design
        found = found - np.linalg.solve(bend + 1e-9 * np.eye(2), slope)
    return float(found[0]), float(found[1])


def cross_fitted(said: Sequence[Said]) -> list[Probabilities]:
    """Each fold's probabilities under the calibration of the other folds: an honest picture of the method."""
    found = []
    for n, (scores, _) in enumerate(said):
        scale, shift = fitted([one for m, one in enumerate(said) if m != n])
        found.append(Calibration(scale, shift, 0.5, 0.5).probabilities(scores))
    return found


def figures(folds: list[int], said: Sequence[Said], p: list[Probabilities]) -> dict[str, Any]:
    every, truth = np.concatenate(p), np.concatenate([t for _, t in said])
    told = (every <= BAND[0]) | (every >= BAND[1])
    return {
        "folds": [
            {
                "scenes": [SCENES[scene] for scene in FOLDS[fold]],
                "spaces": len(t),
                "accuracy_before_calibration": float(np.mean((s > 0) == t)),
                "accuracy": accuracy(q, t),
                "auc": area_under_curve(q, t),
            }
            for fold, (s, t), q in zip(folds, said, p, strict=True)
        ],
        "accuracy": accuracy(every, truth),
        "auc": area_under_curve(every, truth),
        "calibration_error": calibration_error(every, truth),
        "rejected_share": float(1 - told.mean()),
        "accuracy_of_told": accuracy(every[told], truth[told]),
    }


def plot(p: Probabilities, truth: Truth, path: Path) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415 - heavy

    bins = reliability(p, truth)
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(6, 7), height_ratios=(3, 1), sharex=True)
    upper.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    upper.plot([said for said, _, _ in bins], [happened for _, happened, _ in bins], "o-", color="#1f5fa8")
    upper.axvspan(*BAND, color="#f0c36d", alpha=0.35, label="no word: the space is unknown")
    upper.set_ylabel("share that was occupied")
    upper.legend(loc="upper left", frameon=False)
    upper.set_title(f"{len(p)} spaces of lots not seen in training")
    lower.bar([said for said, _, _ in bins], [count for _, _, count in bins], width=0.04, color="#1f5fa8")
    lower.set_yscale("log")
    lower.set_xlabel("probability of occupied")
    lower.set_ylabel("spaces")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--plot", type=Path, required=True)
    told = parser.parse_args()
    folds = [n for n in range(len(FOLDS)) if (told.runs / f"fold{n}.npz").exists()]
    loaded = [np.load(told.runs / f"fold{n}.npz") for n in folds]
    said = [(one["scores"].astype(np.float64), one["truth"]) for one in loaded]
    scale, shift = fitted(said)
    p = cross_fitted(said)
    truth = np.concatenate([t for _, t in said])
    network = Network()
    network.load_state_dict(torch.load(told.runs / "shipped.pt", weights_only=False)["average"])
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    export(network.eval(), MODEL)
    card = Card(Calibration(scale, shift, *BAND), RECIPE, [SCENES[LEFT_OUT]])
    CARD.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    plot(np.concatenate(p), truth, told.plot)
    print(json.dumps(figures(folds, said, p), indent=2))


if __name__ == "__main__":
    main()
