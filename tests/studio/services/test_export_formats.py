"""Each export read back by somebody else's reader: pyarrow, datasets, gzip and json, html.parser, pypdf."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image
from pypdf import PdfReader

from plugins.export_gallery import GalleryExporter
from plugins.export_hub import HubExporter
from plugins.export_report import ReportExporter
from plugins.export_show import regions, tokens
from plugins.export_table import COLUMNS, public
from studio.domain.context import Quiet
from studio.domain.errors import UserError
from studio.domain.evidence import ExampleKind
from studio.domain.export import EVERYTHING, ExportFilter, ExportOptions, Part
from studio.domain.modality import Modality, TokenKind
from studio.services import annotate as verbs
from studio.services.export import export
from studio.services.export.rows import StoredRows

HOSTILE = '<script>alert("1")</script> & שלום 中文 \u202e=1+1'


@pytest.fixture
def reviewed(small_project):
    """Ada has decided on 6, 9 and 12, Bo on 6; some of the texts are hostile."""
    verbs.accept(small_project, "Ada", 6, "dog 6")
    verbs.classify(small_project, "Ada", 6, Modality.TEXTUAL)
    verbs.rate(small_project, "Ada", 6, 4)
    verbs.note(small_project, "Ada", 6, HOSTILE)
    verbs.tag(small_project, "Ada", 6, ["a;b", "ä"])
    verbs.edit(small_project, "Bo", 6, HOSTILE)
    verbs.classify(small_project, "Bo", 6, Modality.VISUAL)
    verbs.reject(small_project, "Ada", 9)
    verbs.note(small_project, "Ada", 9, "long " * 2_000)
    verbs.accept(small_project, "Ada", 12, "dog 12")
    return small_project


def stored(project, **options):
    return StoredRows(project, ExportFilter(reviewed=True), ExportOptions(**options), Quiet())


def test_parquet_has_the_columns_with_their_types(reviewed, tmp_path):
    export(reviewed, tmp_path / "x.parquet", "parquet", reviewed=True)
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.column_names == [column.name for column in COLUMNS]
    rows = table.to_pylist()
    assert [(r["neuron"], r["annotator"]) for r in rows] == [(6, "Ada"), (6, "Bo"), (9, "Ada"), (12, "Ada")]
    assert (rows[0]["rating"], rows[0]["note"], rows[0]["tags"]) == (4, HOSTILE, ["a;b", "ä"])
    assert (rows[0]["agreement"], rows[2]["agreement"]) == (0.0, None)
    assert len(rows[2]["note"]) == 10_000
    top = [e for e in reviewed.evidence.get(6).examples if e.kind is ExampleKind.TOP]
    assert rows[0]["evidence_ids"] == [e.evidence_id(6) for e in top]
    about = json.loads(pq.read_schema(tmp_path / "x.parquet").metadata[b"concept_studio"])
    assert about["project_id"] == reviewed.meta.get("project_id")


@pytest.mark.parametrize("name", ["csv", "parquet", "jsonl", "neuronpedia", "hub", "html", "pdf"])
def test_a_format_writes_the_same_from_the_parts_it_asks_for_as_from_everything(
    reviewed, tmp_path, name, qapp
):
    from studio.services.export.write import _exporter

    exporter = _exporter(name)
    written = []
    for parts in (getattr(exporter, "parts", EVERYTHING), EVERYTHING):
        rows = StoredRows(reviewed, ExportFilter(), ExportOptions(), Quiet(), parts=frozenset(parts))
        if hasattr(exporter, "write_folder"):
            out = tmp_path / str(len(written))
            out.mkdir()
            exporter.write_folder(rows, out)
            written.append({p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()})
        else:
            file = io.BytesIO()
            exporter.write(rows, file)
            pages = PdfReader(file).pages if name == "pdf" else None  # a PDF has its time in it
            written.append([p.extract_text() for p in pages] if pages else file.getvalue())
    assert written[0]
    assert written[0] == written[1]


def test_a_part_that_is_not_asked_for_is_empty(reviewed):
    def first(*parts):
        rows = StoredRows(reviewed, ExportFilter(), ExportOptions(), Quiet(), parts=frozenset(parts))
        return next(row for row in rows if row.neuron == 6)

    whole, bare = first(*Part), first()
    for part in set(Part) - {Part.MAPS}:
        assert getattr(whole, part.value)
        assert not getattr(bare, part.value)
        assert getattr(first(part), part.value)
    named = first(Part.EXAMPLES).examples
    assert [e.evidence_id(6) for e in named] == [e.evidence_id(6) for e in whole.examples]
    assert [e.score for e in named] == [e.score for e in whole.examples]
    assert sum(len(e.map.image_index) for e in whole.examples)
    assert not any(len(e.map.image_index) for e in named)
    assert (bare.label, bare.verdict, bare.proposed) == (whole.label, whole.verdict, whole.proposed)


def test_an_export_of_nothing_is_a_table_without_rows(small_project, tmp_path):
    export(small_project, tmp_path / "x.parquet", "parquet", reviewed=True)
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0


def test_neuronpedia_rows_are_laid_out_as_its_own_export(small_project, tmp_path):
    acts = [verbs.Act(n, {"decision": "accepted", "concept": f"concept {n}"}) for n in range(300)]
    for person in ("Ada", "Bo", "Cy", "Di"):
        verbs.annotate_many(small_project, person, acts)
    verbs.reject(small_project, "Ada", 299)
    result = export(small_project, tmp_path / "np", "neuronpedia", reviewed=True)
    at = tmp_path / "np" / "v1" / "llava-next-scenes" / "2-scenes-sae" / "explanations"
    assert sorted(p.name for p in at.iterdir()) == ["batch-0.jsonl.gz", "batch-1.jsonl.gz"]
    batches = [
        [json.loads(line) for line in gzip.decompress((at / f"batch-{i}.jsonl.gz").read_bytes()).splitlines()]
        for i in range(2)
    ]
    assert [len(batch) for batch in batches] == [1024, 175]
    assert result.rows == 1199
    row = batches[0][4 * 7]
    assert (row["modelId"], row["layer"], row["index"]) == ("llava-next-scenes", "2-scenes-sae", "7")
    assert (row["description"], row["authorId"]) == ("concept 7", "Ada")
    # the columns of Neuronpedia's export-data.py
    assert list(row) == [
        "id", "modelId", "layer", "index", "authorId", "description", "embedding", "typeName",
        "explanationModelName", "umap_x", "umap_y", "umap_cluster", "umap_log_feature_sparsity",
    ]  # fmt: skip
    ids = [row["id"] for batch in batches for row in batch]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("c[a-z0-9]{24}", one) for one in ids)


def test_neuronpedia_without_a_model_is_a_sentence(tmp_path):
    from studio.services.projects import create_project

    with (
        create_project(tmp_path / "empty.cstudio") as project,
        pytest.raises(UserError, match="the model and the SAE"),
    ):
        export(project, tmp_path / "np", "neuronpedia")
    assert [p.name for p in tmp_path.iterdir()] == ["empty.cstudio"]


def test_the_hub_folder_is_read_by_datasets(reviewed, tmp_path, monkeypatch):
    import datasets

    datasets.disable_progress_bars()
    out, cache = tmp_path / "hub", str(tmp_path / "cache")
    result = export(
        reviewed, out, "hub", reviewed=True, options=ExportOptions(pictures=True, licence="cc-by-4.0")
    )
    assert result.rows == 4
    labels = datasets.load_dataset(str(out), split="train", cache_dir=cache)
    assert (labels.num_rows, labels[0]["concept"], labels[0]["tags"]) == (4, "dog 6", ["a;b", "ä"])
    examples = datasets.load_dataset(str(out), "examples", split="train", cache_dir=cache)
    kept = {n: reviewed.evidence.get(n).examples for n in (6, 9, 12)}
    assert [e["evidence_id"] for e in examples] == [e.evidence_id(n) for n, es in kept.items() for e in es]
    assert examples[0]["image_index"] == kept[6][0].map.image_index.tolist()
    samples = datasets.load_dataset(str(out), "samples", split="train", cache_dir=cache)
    assert {s["sample_id"] for s in samples} == {e.sample_id for es in kept.values() for e in es}
    one = next(s for s in samples if s["image"] is not None)
    assert one["image"].size == (64, 48)
    assert len(one["boxes"]) == 16


def test_the_card_says_what_the_hub_reads(reviewed, tmp_path):
    reviewed.meta.set("title", 'T: "x" # <b>&')
    export(reviewed, tmp_path / "hub", "hub", reviewed=True, options=ExportOptions(licence="MIT"))
    text = (tmp_path / "hub" / "README.md").read_text("utf-8")
    front = yaml.safe_load(text.split("---")[1])
    assert (front["pretty_name"], front["license"]) == ('T: "x" # <b>&', "mit")
    assert [one["config_name"] for one in front["configs"]] == ["labels", "examples"]
    assert front["size_categories"] == ["n<1K"]
    assert "<b>" not in text.split("---", 2)[2]
    assert not (tmp_path / "hub" / "samples").exists()


def test_pictures_that_are_too_many_and_a_licence_that_is_none_are_sentences(reviewed, tmp_path):
    (tmp_path / "h").mkdir()
    with pytest.raises(UserError, match="The pictures are larger"):
        HubExporter(largest=100).write_folder(stored(reviewed, pictures=True), tmp_path / "h")
    with pytest.raises(UserError, match="no name of a licence"):
        export(reviewed, tmp_path / "x", "hub", options=ExportOptions(licence="a b\nc"))
    assert not (tmp_path / "x").exists()


class Page(HTMLParser):
    """Tags with their attributes, text, and what is in script and style."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self._open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        self._open = self._open[: -self._open[::-1].index(tag) - 1] if tag in self._open else self._open

    def handle_data(self, data):
        self.texts.append((self._open[-1] if self._open else "", data))

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def gallery(project, tmp_path, **options):
    export(project, tmp_path / "g.html", "html", reviewed=True, options=ExportOptions(**options))
    text = (tmp_path / "g.html").read_text("utf-8")
    return text, Page(text)


def test_the_gallery_has_everything_in_it_and_every_text_escaped(reviewed, tmp_path):
    text, page = gallery(reviewed, tmp_path)
    assert len(page.named("article")) == 4
    assert len(page.named("script")) == 1
    assert HOSTILE in [data for tag, data in page.texts if tag == "h2"]
    assert not re.findall(r"""(?:src|href)=["'](?!data:image/jpeg|#)""", text)
    images = page.named("image")
    assert len({image["id"] for image in images}) == len(images)
    for image in images:
        jpeg = base64.b64decode(image["href"].removeprefix("data:image/jpeg;base64,"))
        assert Image.open(io.BytesIO(jpeg)).size == (64, 48)
    assert {use["href"][1:] for use in page.named("use")} <= {image["id"] for image in images}
    script = next(data for tag, data in page.texts if tag == "script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(
        m["content"] for m in page.named("meta") if "content" in m and "default-src" in m["content"]
    )
    assert policy.startswith("default-src 'none'")
    assert f"'sha256-{digest}'" in policy


def test_the_gallery_marks_what_fires(reviewed, tmp_path):
    _, page = gallery(reviewed, tmp_path)
    shown = [e for e in reviewed.evidence.get(12).examples if e.kind is ExampleKind.TOP]
    firing = sum(len(e.map.text_index) for e in shown if e.side is TokenKind.TEXT)
    card = next(
        i for i, (tag, a) in enumerate(page.tags) if tag == "article" and a["aria-label"].endswith(" 12")
    )
    assert sum(tag == "mark" for tag, _ in page.tags[card:]) == firing


def test_a_gallery_without_pictures_and_one_that_is_too_large(reviewed, tmp_path):
    text, page = gallery(reviewed, tmp_path, pictures=False)
    assert not page.named("image")
    with pytest.raises(UserError, match=r"larger than 0 MB after \d cards"):
        GalleryExporter(largest=len(text.encode()) // 2).write(stored(reviewed), io.BytesIO())


@pytest.mark.parametrize("seed", range(5))
def test_regions_are_the_strongest_box_at_each_pixel(reviewed, seed):
    """Boxes that overlap and reach out of the picture, against painting them pixel by pixel."""
    rng = np.random.default_rng(seed)
    example = reviewed.evidence.get(6).examples[0]
    sample = reviewed.samples.get([example.sample_id])[example.sample_id]
    corners = rng.integers(-8, [64, 48], (12, 2))
    boxes = np.concatenate([corners, corners + rng.integers(1, 30, (12, 2))], axis=1).astype(np.float32)
    some = np.sort(rng.choice(14, 9, replace=False)).astype(np.uint32)  # two of them have no box
    values = rng.random(9).astype(np.float32) * 4
    drawn, expected = np.zeros((48, 64)), np.zeros((48, 64))
    for index, value in zip(some.tolist(), values.tolist(), strict=True):
        if index < len(boxes):
            x0, y0, x1, y1 = np.clip(boxes[index], 0, [64, 48, 64, 48]).astype(int)
            expected[y0:y1, x0:x1] = np.maximum(expected[y0:y1, x0:x1], min(value / 2.5, 1))
    example = replace(example, map=replace(example.map, image_index=some, image_value=values))
    for r in regions(replace(sample, boxes=boxes, width=64, height=48), example, 2.5):
        drawn[int(r.y) : int(r.y + r.height), int(r.x) : int(r.x + r.width)] += r.strength
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)


def test_long_texts_show_the_part_around_the_strongest_token(reviewed):
    example = next(e for e in reviewed.evidence.get(6).examples)
    sample = reviewed.samples.get([example.sample_id])[example.sample_id]
    many = tuple(f" w{i}\0" for i in range(1_000))
    sample = replace(sample, tokens=many, roles=("user",) * 500 + ("assistant",) * 500)
    some = replace(example.map, text_index=np.array([3, 499], np.uint32), text_value=np.float32([1, 2]))
    found = tokens(sample, replace(example, map=some), 2.0)
    assert [t.text for t in found if t.strength == 1] == [" w499 "]
    assert (found[0].text, found[-1].text) == ("… ", " …")
    assert " — " in [t.text for t in found]
    assert len(found) == 63


def test_the_report_is_a_pdf_with_the_words_in_it(reviewed, tmp_path, qapp):
    export(reviewed, tmp_path / "r.pdf", "pdf", reviewed=True)
    reader = PdfReader(tmp_path / "r.pdf")
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert reader.metadata.title == "Small"
    assert "dog 12" in words
    assert '<script>alert("1")</script>' in words.replace("< ", "<").replace(" >", ">")
    assert words.count("long") >= 390
    assert sum(len(page.images) for page in reader.pages) > 6
    assert (round(reader.pages[0].mediabox.width), round(reader.pages[0].mediabox.height)) == (595, 842)


def test_a_note_longer_than_a_page_goes_on(small_project, tmp_path, qapp):
    for neuron in range(0, 12, 3):
        verbs.reject(small_project, "Ada", neuron)
        verbs.note(small_project, "Ada", neuron, f"begin{neuron} " + "word\n" * 380 + f"end{neuron}")
    export(small_project, tmp_path / "r.pdf", "pdf", reviewed=True, options=ExportOptions(pictures=False))
    reader = PdfReader(tmp_path / "r.pdf")
    words = " ".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) >= 20
    assert all(f"begin{n}" in words and f"end{n}" in words for n in range(0, 12, 3))


def test_a_report_of_too_many_neurons_is_a_sentence(reviewed, qapp):
    with pytest.raises(UserError, match="holds 2 rows at most"):
        ReportExporter(most=2).write(stored(reviewed), io.BytesIO())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/x/sae", "sae"),
        ("C:\\models\\vlm", "vlm"),
        ("lmms-lab/llava", "lmms-lab/llava"),
        (None, None),
        (3, 3),
    ],
)
def test_paths_of_a_computer_are_not_passed_on(path, name):
    assert public(path) == name


def test_what_stands_behind_the_rows_is_read_for_many_neurons_at_once(reviewed):
    asked: list[str] = []
    rows = StoredRows(reviewed, ExportFilter(), ExportOptions(), Quiet())
    reviewed.database.connection.set_trace_callback(asked.append)
    found = {row.neuron: row for row in rows}
    reviewed.database.connection.set_trace_callback(None)
    assert len(asked) < len(found)
    for neuron, row in found.items():
        assert row.verdict == reviewed.verdicts.get(neuron)
        assert list(row.proposals) == reviewed.proposals.of(neuron)
        assert list(row.alignments) == reviewed.alignments.of(neuron)
        kept = reviewed.evidence.get(neuron).examples
        assert [e.evidence_id(neuron) for e in row.examples] == [e.evidence_id(neuron) for e in kept]
        top = [e.evidence_id(neuron) for e in kept if e.kind is ExampleKind.TOP]
        assert list(row.evidence_ids) == top
