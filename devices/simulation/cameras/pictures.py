"""Draws what a camera would photograph: a road, bays, a car in each that is taken. No plate stands on any picture."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance

from devices.simulation.cameras.views import CameraFaults, Seen

SIZE: Final = (320, 180)
_QUALITY: Final = 70
_NIGHT, _GLARE = 0.12, 2.6


def scene(seen: list[Seen], faults: CameraFaults) -> bytes:
    """A JPEG of a few kilobytes."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, (96, 100, 104))
    draw = ImageDraw.Draw(picture)
    step = width // max(1, len(seen))
    for place, bay in enumerate(seen):
        left = place * step + (step // 3 if faults.moved else 0)
        draw.rectangle((left + 2, height // 3, left + step - 3, height - 10), outline=(235, 235, 225), width=2)
        if bay.occupied:
            shade = (40 + 47 * place % 180, 60 + 91 * place % 150, 80)
            draw.rounded_rectangle((left + 8, height // 3 + 12, left + step - 9, height - 18), radius=8, fill=shade)
    if faults.night:
        picture = ImageEnhance.Brightness(picture).enhance(_NIGHT)
    if faults.glare:
        picture = ImageEnhance.Brightness(picture).enhance(_GLARE)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
