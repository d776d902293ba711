"""Draw the demo's sprites from the Fluent Emoji (flat) artwork.

Usage: python packaging/draw_demo_sprites.py ICONS_JSON [OUT]

ICONS_JSON is `icons.json` of the npm package `@iconify-json/fluent-emoji-flat` (MIT). Every drawing of the
table below is rendered once, cut to its visible part, scaled so that its longer side has SIDE pixels, and
written as a small RGBA PNG beside `catalogue.json`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PIL import Image

SIDE = 160
OUT = Path(__file__).resolve().parents[1] / "resources" / "demo" / "sprites"

# category -> "name icon colour"; the colour is the one a person would name first.
TABLE = {
    "animal": "dog dog-face brown, frog frog green, pig pig-face pink, fox fox orange, whale whale blue,"
    " chick front-facing-baby-chick yellow, elephant elephant gray",
    "fruit": "apple red-apple red, banana banana yellow, pear pear green, grape grapes purple, peach"
    " peach orange,"
    " strawberry strawberry red",
    "vehicle": "car automobile red, tractor tractor green, taxi taxi yellow, jeep sport-utility-vehicle blue,"
    " airplane airplane gray, scooter motor-scooter red",
    "plant": "tree deciduous-tree green, cactus cactus green, sunflower sunflower yellow, tulip tulip pink,"
    " rose rose red, hyacinth hyacinth purple",
    "building": "house house orange, castle castle gray, hut hut brown, tent tent green, hotel hotel yellow,"
    " factory factory gray",
    "toy": "basketball basketball orange, football american-football brown, baseball baseball white,"
    " frisbee flying-disc blue, skateboard skateboard purple, balloon balloon red",
    "food": "cheese cheese-wedge yellow, carrot carrot orange, tomato tomato red, broccoli broccoli green,"
    " eggplant eggplant purple, doughnut doughnut brown, cupcake cupcake pink",
    "instrument": "guitar guitar red, saxophone saxophone yellow, piano musical-keyboard white,"
    " violin violin brown, accordion accordion pink, bell bell yellow",
    "garment": "shirt t-shirt green, jeans jeans blue, dress dress blue, hat top-hat purple, scarf scarf red,"
    " cap billed-cap blue",
}


def drawn(body: str, side: int) -> Image.Image:
    """The SVG body (32 x 32 units) as an RGBA picture of `side` pixels."""
    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{body}</svg>'
    canvas = QImage(side, side, QImage.Format.Format_ARGB32)
    canvas.fill(0)
    painter = QPainter(canvas)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    canvas = canvas.convertToFormat(QImage.Format.Format_RGBA8888)
    return Image.frombytes("RGBA", (side, side), bytes(canvas.constBits()))


def fitted(picture: Image.Image) -> Image.Image:
    """Cut to the visible part and scaled to a longer side of SIDE pixels."""
    picture = picture.crop(picture.getchannel("A").getbbox())
    scale = SIDE / max(picture.size)
    size = [max(1, round(edge * scale)) for edge in picture.size]
    return picture.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    icons = json.loads(Path(sys.argv[1]).read_text())["icons"]
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    catalogue = []
    for category, entries in TABLE.items():
        for name, icon, colour in (entry.split() for entry in entries.split(",")):
            fitted(drawn(icons[icon]["body"], 512)).save(out / f"{name}.png", optimize=True)
            catalogue.append({"name": name, "category": category, "colour": colour, "file": f"{name}.png"})
    (out / "catalogue.json").write_text(json.dumps(catalogue, indent=1) + "\n")
    application.quit()


if __name__ == "__main__":
    main()
