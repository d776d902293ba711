"""The first samples of a data set, one below the other: pictures beside the conversation."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.domain.preview import ShownPicture, ShownSample
from studio.ui.labels import label, line

PICTURE = 112
#: Pictures of one sample that are drawn.
PICTURES = 3
LONGEST = 1200
SPEAKERS = {"user": "User", "assistant": "Assistant"}


class SampleRows(QScrollArea):
    """Scrolls by keyboard, too. All text is plain."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("First samples")
        self.show_samples(())

    def show_samples(self, samples: tuple[ShownSample, ...]) -> None:
        """Put these in place of those before."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        for number, sample in enumerate(samples):
            if number:
                column.addWidget(line())
            column.addLayout(_row(sample))
        column.addStretch(1)
        self.setWidget(inside)

    def texts(self) -> list[str]:
        """Everything that is written here, in order."""
        return [found.text() for found in self.widget().findChildren(QLabel) if found.text()]


def _row(sample: ShownSample) -> QHBoxLayout:
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(label(facts(sample), "muted", wrap=True))
    for text in paragraphs(sample):
        words.addWidget(label(text, "", wrap=True))
    words.addStretch(1)
    row = QHBoxLayout()
    row.setSpacing(16)
    row.addLayout(_pictures(sample.pictures))
    row.addLayout(words, 1)
    return row


def facts(sample: ShownSample) -> str:
    """Id, size and tokens in one line."""
    sizes = [f"{p.width} × {p.height}" for p in sample.pictures]
    tokens = [] if sample.image_tokens is None else [f"{sample.image_tokens:,} image tokens"]
    return " · ".join([sample.id, *(sizes or ["text only"]), *(tokens if sizes else [])])


def paragraphs(sample: ShownSample) -> list[str]:
    """The chat template's text where there is one, else turn by turn; cut where it is very long."""
    told = [sample.written] if sample.written else [
        f"{SPEAKERS.get(turn.role, turn.role)}: {turn.text}" for turn in sample.turns
    ]  # fmt: skip
    return [text if len(text) <= LONGEST else text[:LONGEST] + " …" for text in told]


def _pictures(pictures: tuple[ShownPicture, ...]) -> QVBoxLayout:
    """One below the other; of many the first, and how many there are beside."""
    column = QVBoxLayout()
    column.setSpacing(4)
    for picture in pictures[:PICTURES]:
        column.addWidget(_picture(picture))
    if not pictures:
        column.addWidget(_no_picture())
    elif len(pictures) > PICTURES:
        column.addWidget(label(f"and {len(pictures) - PICTURES} more", "muted"))
    column.addStretch(1)
    return column


def _picture(picture: ShownPicture) -> QLabel:
    pixels = QPixmap()
    pixels.loadFromData(picture.jpeg, "JPEG")
    shown = QLabel()
    smooth = Qt.TransformationMode.SmoothTransformation
    shown.setPixmap(pixels.scaled(PICTURE, PICTURE, Qt.AspectRatioMode.KeepAspectRatio, smooth))
    shown.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    shown.setFixedWidth(PICTURE)
    shown.setAccessibleName(f"Picture, {picture.width} × {picture.height} pixels")
    return shown


def _no_picture() -> QLabel:
    empty = label("No picture", "muted")
    empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    empty.setFixedWidth(PICTURE)
    return empty
