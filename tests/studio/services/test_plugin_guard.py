"""A plug-in that fails when its work is called is named, and nothing else suffers: every hook by itself."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pluggy
import pytest

from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, DataError, ModelError, SaeFormatError, UserError
from studio.domain.sample import Sample, Turn
from studio.domain.specs import DataSpec, ProposeSpec, ScorersSpec
from studio.hookspecs import PROJECT
from studio.services.aligners import find_aligner
from studio.services.data import read_all
from studio.services.explaining import find_explainer
from studio.services.export import export
from studio.services.model_plugins import sae_formats, vlm_adapters
from studio.services.plugin_guard import DUTIES, guarded
from studio.services.plugin_host import PluginHost, load_plugins
from studio.services.preview import preview
from studio.services.scorers import run_scorers, scorers
from studio.storage.project import Project


def host_with(built_in: tuple[str, ...] = (), **hooks: Callable[..., Any]) -> PluginHost:
    host, mark = load_plugins(built_in, []), pluggy.HookimplMarker(PROJECT)
    functions = {f"concept_studio_{name}": mark(function) for name, function in hooks.items()}
    host.manager.register(SimpleNamespace(**functions), "foreign")
    return host


def fails(*_given: Any, **_more: Any) -> Any:
    raise KeyError("k")


def sample(name: str = "a") -> Sample:
    return Sample(name, (), (Turn("user", "words"),))


class Reader:
    """Gives one sample, then whatever `then` does."""

    name = "numbers"

    def __init__(self, then: Callable[[], Any] = lambda: None) -> None:
        self.then = then

    def samples(self) -> Iterator[Any]:
        yield sample()
        yield self.then()


class Scorer:
    """Says what its parts do."""

    title, note = "A scorer", "says"

    def __init__(self, name: str, prepare: Any = lambda *_: {}, score: Any = lambda *_: iter(())) -> None:
        self.name, self.prepare, self.score = name, prepare, score


class Explainer(Scorer):
    """An explainer whose proposals are nothing of the sort."""

    def propose(self, work: Any, ctx: Any) -> Iterator[Any]:
        yield from self.score(work, ctx)

    def summary(self) -> dict[str, Any]:
        return {}


def said(what: str, of: str) -> str:
    return rf"^The plug-in “foreign” could not {what} \({of}\): KeyError: 'k'\.$"


def test_a_reader_that_fails_on_the_way_is_named() -> None:
    host = host_with(open_data=lambda spec: Reader(fails))
    with pytest.raises(DataError, match=said("read this data set", "samples")):
        list(read_all(DataSpec("numbers:"), host))
    host = host_with(open_data=lambda spec: Reader(lambda: 7))
    with pytest.raises(DataError, match="it gave an int, not a Sample or Skipped"):
        list(read_all(DataSpec("numbers:"), host))


def test_a_preview_shows_what_came_before_a_reader_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(fails)
    reader.columns = fails  # type: ignore[attr-defined]
    host = host_with(open_data=lambda spec: reader)
    monkeypatch.setattr("studio.services.preview.load_plugins", lambda: host)
    found = preview(DataSpec("numbers:"), None, Quiet())
    assert [shown.id for shown in found.samples] == ["a"]
    assert any("could not read this data set (samples)" in line for line in found.warnings)
    assert found.columns == {}


def test_an_aligner_that_fails_is_named_and_one_that_cannot_be_made_is_left_out() -> None:
    host = host_with(aligners=lambda model, device: SimpleNamespace(name="eyes", embed_texts=fails))
    with pytest.raises(ModelError, match=said("embed", "embed_texts")):
        find_aligner("eyes", host=host).embed_texts(["a"])
    host = host_with(aligners=fails)
    with pytest.raises(ModelError, match="No plug-in knows the aligner"):
        find_aligner("eyes", host=host)
    assert host.failed[0].error == "The plug-in “foreign” was left out: KeyError: 'k'."


@pytest.mark.parametrize("part", ["prepare", "propose"])
def test_an_explainer_that_fails_is_named(part: str) -> None:
    bad = Explainer("odd", **{"prepare" if part == "prepare" else "score": fails})
    explainer = find_explainer("odd", host_with(explainers=lambda: [bad]))
    with pytest.raises(ModelError, match=said("explain", part)):
        list(getattr(explainer, part)(None, Quiet()))
    wrong = Explainer("odd", score=lambda *_: iter([3]))
    explainer = find_explainer("odd", host_with(explainers=lambda: [wrong]))
    with pytest.raises(ModelError, match="it gave an int, not a Proposal"):
        list(explainer.propose(ProposeSpec(), Quiet()))


def test_a_format_and_a_family_that_fail_are_named() -> None:
    layout = SimpleNamespace(name="mine", recognises=lambda *_: True, read=fails, write=fails)
    (found,) = sae_formats(host_with(sae_formats=lambda: [layout]))
    for part in ("read", "write"):
        with pytest.raises(SaeFormatError, match=said("handle this SAE", part)):
            getattr(found, part)(None, {})
    assert "mine" not in vlm_adapters(host_with(vlm_adapters=fails))


@pytest.mark.parametrize("part", ["prepare", "score"])
def test_a_scorer_that_fails_is_left_out_and_the_others_score(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_watch: Any
) -> None:
    scored = tmp_path / "p.cstudio"
    Project.create(scored, "p").close()
    bad = Scorer("bad", **{part: fails})
    host = host_with(scorers=lambda: [bad, Scorer("good")])
    monkeypatch.setattr("studio.services.scorers.load_plugins", lambda: host)
    watch = make_watch()
    result = run_scorers(ScorersSpec(("bad", "good")), scored, tmp_path / "bundle", watch)
    assert result.failed.keys() == {"bad"}
    assert f"could not score ({part}): KeyError: 'k'." in result.summary()["failed"]["bad"]
    assert any(line.startswith("bad is left out. The plug-in “foreign”") for line in watch.logged)
    with pytest.raises(ModelError, match=said("score", part)):
        run_scorers(ScorersSpec(("bad",)), scored, tmp_path / "other", Quiet())


def test_an_export_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = SimpleNamespace(name="bad", suffix=".bad", title="Bad", write=fails)
    host = host_with(exporters=lambda: [bad])
    monkeypatch.setattr("studio.services.export.write.load_plugins", lambda **_: host)
    project = Project.create(tmp_path / "p.cstudio", "p")
    with project, pytest.raises(UserError, match=said("write the export", "write")):
        export(project, tmp_path / "out.bad", "bad")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_a_list_that_never_comes_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread stays behind, which is why the trial of a new plug-in has a process of its own."""
    monkeypatch.setattr("studio.services.plugin_host.LONGEST", 0.2)
    end = threading.Event()
    host = host_with(scorers=lambda: end.wait() and [])
    assert scorers(host) == {}
    end.set()
    (report,) = host.failed
    assert "concept_studio_scorers did not answer within 0.2 seconds" in report.error


def test_a_format_that_hangs_over_a_file_recognises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.services.plugin_guard.LONGEST", 0.2)
    end, asked = threading.Event(), []

    def hangs(*_given: Any) -> bool:
        asked.append(1)
        return end.wait()

    layout = SimpleNamespace(name="mine", recognises=hangs, read=fails)
    host = host_with(sae_formats=lambda: [layout])
    (found,) = sae_formats(host)
    assert not found.recognises({}, {}, "torch")
    assert not found.recognises({}, {}, "torch")
    end.set()
    assert len(asked) == 1, "it is not waited for twice"
    assert "recognises did not answer within 0.2 seconds" in host.failed[0].error


@pytest.mark.parametrize("hook", DUTIES)
def test_sentences_stops_and_want_of_memory_pass(hook: str) -> None:
    """The person's own sentence, Cancel, and what smaller batches may mend are not the plug-in's failures."""
    import torch

    for error in (UserError("Log in first."), Cancelled(), MemoryError(), torch.OutOfMemoryError("CUDA")):

        def raises(error: BaseException = error) -> None:
            raise error

        (one,) = guarded([SimpleNamespace(read=raises)], "foreign", hook)
        with pytest.raises(type(error)) as caught:
            one.read()
        assert caught.value is error
    with pytest.raises(UserError, match="SystemExit: 3"):
        guarded(SimpleNamespace(read=lambda: sys.exit(3)), "foreign", hook).read()


def test_it_looks_like_what_it_stands_for() -> None:
    one = guarded(Scorer("good"), "foreign", "concept_studio_scorers")
    assert isinstance(one, Scorer)
    assert (one.name, one.title) == ("good", "A scorer")
    assert not hasattr(one, "parts")
    with pytest.raises(AttributeError):
        one.parts  # noqa: B018
