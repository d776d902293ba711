"""Discussion, history and guidelines beside the decision."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel

from studio.domain.annotation import EventKind
from studio.domain.shared import Policy
from studio.services import annotate
from studio.services.adjudicate import pick
from studio.services.discuss import comment
from studio.services.guidelines import set_guidelines
from studio.services.policy import set_policy

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier


def said(desk, name: str) -> list[str]:
    pane = getattr(desk.view.decision.side, name)
    part = pane.list if name == "discussion" else pane
    return [one.text() for one in part.widget().findChildren(QLabel)]


def test_a_comment_is_typed_sent_kept_and_shown(desk) -> None:
    desk.control.show(3)
    desk.settle()
    side = desk.view.decision.side
    desk.key(Key.Key_D)
    assert side.isVisible()
    assert side.discussion.field.hasFocus()
    desk.qtbot.keyClicks(side.discussion.field, "x4 looks like 5")
    assert desk.uncommitted[-1] is True
    desk.key(Key.Key_Return, Ctrl)
    assert said(desk, "discussion")[-1] == "x4 looks like 5"
    assert desk.uncommitted[-1] is False
    (one,) = desk.ask(lambda p: p.events.comments(3))
    assert (one.annotator, one.text) == ("Ada", "x4 looks like 5")
    assert desk.label(3).rating is None, "letters typed here decide nothing"


def test_a_comment_of_another_language_is_plain_and_from_the_right(desk) -> None:
    text = "<b>שלום</b> & 你好"
    desk.ask(comment, "Cy", 5, text)
    desk.control.show(5)
    desk.settle()
    desk.actions.action("view.discussion").trigger()
    (shown,) = [w for w in desk.view.decision.side.discussion.list.findChildren(QLabel) if w.text() == text]
    assert shown.textFormat() == Qt.TextFormat.PlainText
    desk.ask(comment, "Cy", 6, "مرحبا")
    desk.control.show(6)
    desk.settle()
    widgets = desk.view.decision.side.discussion.list.findChildren(QLabel)
    (shown,) = [w for w in widgets if w.text() == "مرحبا"]
    assert shown.layoutDirection() == Qt.LayoutDirection.RightToLeft


def test_words_typed_for_one_neuron_wait_there(desk) -> None:
    desk.control.show(1)
    desk.settle()
    side = desk.view.decision.side
    desk.actions.action("view.discussion").trigger()
    side.discussion.field.setPlainText("half a thought")
    desk.control.show(2)
    desk.settle()
    assert side.discussion.field.toPlainText() == ""
    desk.control.show(1)
    desk.settle()
    assert side.discussion.field.toPlainText() == "half a thought"
    assert desk.ask(lambda p: p.events.comments()) == []


def test_history_tells_who_what_when_and_having_seen_what(desk) -> None:
    desk.ask(annotate.edit, "Cy", 4, "a red thing")
    desk.control.show(4)
    desk.settle()
    desk.key(Key.Key_4)
    desk.key(Key.Key_Z, Ctrl)
    label = desk.label(4, "Cy")
    desk.ask(pick, "Bo", label)
    desk.control.show(5)
    desk.control._reread()
    desk.settle()
    desk.control.show(4)
    desk.settle()
    desk.actions.action("view.history").trigger()
    lines = said(desk, "history")
    heads, texts = lines[::2], lines[1::2]
    assert [head.split(" · ")[1] for head in heads] == ["Bo", "Ada", "Ada", "Cy"]
    assert texts[0].startswith("adjudicated: “a red thing”")
    assert texts[1] == "undo: rate 4"
    assert texts[2].startswith("rate 4\nhaving seen ")
    assert "examples, scores" in texts[2]
    assert texts[3] == "edit concept: “a red thing”"


def test_a_reveal_stands_in_the_history_with_what_was_said_until_then(bare_desk) -> None:
    from studio.services.projects import open_project

    with open_project(bare_desk.path) as project:
        set_policy(project, "Bo", Policy(rate_before_reveal=True, lead="Bo"))
    bare_desk.open()
    bare_desk.control.show(0)
    bare_desk.settle()
    bare_desk.key(Key.Key_2)
    bare_desk.key(Key.Key_R)
    assert bare_desk.control.detail.history[-1].kind is EventKind.REVEAL
    bare_desk.actions.action("view.history").trigger()
    texts = said(bare_desk, "history")
    assert any(t.startswith("revealed the automatic class, the proposal; had said: rating 2") for t in texts)
    assert any("(blind)" in t for t in texts)


def test_guidelines_are_written_by_the_lead_with_preview_and_every_version_kept(desk) -> None:
    desk.actions.action("view.guidelines").trigger()
    pane = desk.view.decision.side.guidelines
    pane.start_editing()
    pane.editor.setPlainText("# First\n\n- one")
    pane.preview.click()
    assert "First" in pane.view.toPlainText()
    assert "#" not in pane.view.toPlainText()
    pane.save.click()
    desk.settle()
    pane.start_editing()
    pane.editor.setPlainText("# Second")
    pane.save.click()
    desk.settle()
    assert [v.text for v in desk.ask(lambda p: p.events.guidelines())] == ["# First\n\n- one", "# Second"]
    assert pane.versions.count() == 2
    assert pane.view.toPlainText() == "Second"
    pane.versions.setCurrentIndex(1)
    assert "First" in pane.view.toPlainText()


def test_who_does_not_lead_reads_only_and_cancel_changes_nothing(desk) -> None:
    desk.ask(set_policy, "Bo", Policy(lead="Bo"))
    desk.ask(set_guidelines, "Bo", "# Rules")
    desk.settle()
    desk.actions.action("view.guidelines").trigger()
    pane = desk.view.decision.side.guidelines
    assert pane.view.toPlainText() == "Rules"
    assert not pane.edit.isVisible()
    desk.ask(set_policy, "Bo", Policy(lead="Ada"))
    desk.settle()
    assert pane.edit.isVisible()
    pane.start_editing()
    pane.editor.setPlainText("other")
    pane.cancel.click()
    desk.settle()
    assert pane.view.toPlainText() == "Rules"
    assert len(desk.ask(lambda p: p.events.guidelines())) == 1


def test_guidelines_load_nothing_and_show_html_as_typed(desk, tmp_path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    view = desk.view.decision.side.guidelines.view
    view.show_text(
        f"![a](http://example.org/a.png) ![b](file://{secret}) <img src='file://{secret}'> <b>c</b>"
    )
    for url in ("http://example.org/a.png", f"file://{secret}"):
        assert view.loadResource(QTextDocument.ResourceType.ImageResource, QUrl(url)) is None
    assert "<b>c</b>" in view.toPlainText()


def test_links_to_files_are_not_opened(monkeypatch) -> None:
    from studio.ui.review.side import markdown_view

    opened: list[str] = []
    monkeypatch.setattr(
        markdown_view.QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    for text in ("file:///etc/passwd", "javascript:alert(1)", "smb://host/x", "https://example.org/"):
        markdown_view.follow(QUrl(text))
    assert opened == ["https://example.org/"]
