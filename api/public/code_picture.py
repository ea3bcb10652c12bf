"""A code to scan, as an SVG of one path: black squares on white with the quiet border that scanners need."""

from typing import Final

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

BORDER: Final = 4


def code_picture(text: str) -> str:
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    side = len(code.modules) + 2 * BORDER
    squares = "".join(
        f"M{column + BORDER} {row + BORDER}h1v1h-1z"
        for row, modules in enumerate(code.modules)
        for column, is_black in enumerate(modules)
        if is_black
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{squares}"/></svg>'
    )
