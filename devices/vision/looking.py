"""One camera that is looked through again and again: each frame becomes a look, or nothing where a single frame is in doubt."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from devices.adapters.camera_plain.messages import BayLook, Look
from devices.vision.classifier import Classifier
from devices.vision.frames import FrameSource
from devices.vision.geometry import Picture
from devices.vision.judgement import Judgement
from devices.vision.outlines import Outline
from devices.vision.view import ViewWatch

SAID_AFTER: Final = 2
"""Unclear looks at one bay in a row until it is called unknown: somebody who walks through a picture says nothing."""
DIGITS: Final = 4


class Looker:
    """Holds what one camera showed before; frames are given in order."""

    def __init__(
        self, source: FrameSource, outlines: Sequence[Outline], classifier: Classifier, watch: ViewWatch | None = None
    ) -> None:
        self._source = source
        self._outlines = outlines
        self._quads = [outline.quad() for outline in outlines]
        self._classifier = classifier
        self._watch = watch
        self._unclear = dict.fromkeys((outline.bay for outline in outlines), 0)

    @property
    def watch(self) -> ViewWatch | None:
        """None until the first frame, where no picture came with the outlines."""
        return self._watch

    async def look(self, observed_at: datetime) -> Look | None:
        """None where this frame says nothing of any bay; raises as `FrameSource.frame`.

        A fault is said with each look for as long as it lasts; the health of devices opens it once.
        """
        frame = await self._source.frame()
        return await asyncio.to_thread(self._see, frame, observed_at)

    async def close(self) -> None:
        await self._source.close()

    def _see(self, frame: Picture, observed_at: datetime) -> Look | None:
        if self._watch is None:
            self._watch = ViewWatch.of(frame)
        seen = self._watch.look(frame)
        if seen.fault is not None:
            self._unclear = dict.fromkeys(self._unclear, 0)
            bays = [BayLook(bay=outline.bay) for outline in self._outlines]
            return Look(observed_at=observed_at, bays=bays, fault=seen.fault)
        if seen.suspicion is not None:
            return None
        judged = self._classifier.judge_frame(frame, self._quads)
        told = [
            said
            for outline, judgement in zip(self._outlines, judged, strict=True)
            if (said := self._say(outline.bay, judgement)) is not None
        ]
        return Look(observed_at=observed_at, bays=told) if told else None

    def _say(self, bay: str, judgement: Judgement) -> BayLook | None:
        self._unclear[bay] = 0 if judgement.status is not None else self._unclear[bay] + 1
        if 0 < self._unclear[bay] < SAID_AFTER:
            return None
        confidence = round(judgement.confidence, DIGITS)
        return BayLook(bay=bay, status=judgement.status, confidence=confidence)
