"""The frame of a gallery: colours, search, keys. The script's hash stands in the page's own policy."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files

KINDS = ("visual", "textual", "multimodal", "unclear")


def head(title: str, about: str) -> str:
    """The page up to the first card."""
    digest = base64.b64encode(hashlib.sha256(_file("gallery.js").encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    kinds = "".join(f"<option>{kind}</option>" for kind in KINDS)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_file("gallery.css")}</style>
</head>
<body>
<div class="top"><div class="about"><h1 dir="auto">{escape(title)}</h1><p>{escape(about)}</p></div>
<form id="form" role="search" hidden>
<input id="find" type="search" aria-label="Search" placeholder="Search (/)" autocomplete="off">
<select id="kind" aria-label="Class"><option value="">All classes</option>{kinds}</select>
<button id="theme" type="button">Light or dark</button>
<span id="count" role="status"></span>
</form></div>
<main>
"""


def foot() -> str:
    """The page after the last card."""
    return f"</main>\n<script>{_file('gallery.js')}</script>\n</body>\n</html>\n"


def _file(name: str) -> str:
    return files("plugins").joinpath("gallery", name).read_text(encoding="utf-8")
