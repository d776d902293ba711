"""The streaming aggregator against METHOD 1 by definition: every activation in a list, sorted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.topk import TopExamples
from studio.domain.evidence import Evidence, Example, ExampleKind, Rank
from studio.domain.modality import TokenKind
from studio.domain.neuron import NeuronStats, histogram_edges

LATENTS = 9
TOP, QUANTILE, SILENT = 3, 4, 2
SIDES = (TokenKind.IMAGE, TokenKind.TEXT)


def samples(seed: int, count: int, coarse: bool = False) -> list[tuple]:
    """Random sparse codes; `coarse` values make many ties. Some samples have no image, some no text."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        sizes = [int(rng.integers(0, 6)) for _ in SIDES]
        codes = []
        for size in sizes:
            indices = np.stack([rng.permutation(LATENTS)[:3] for _ in range(size)] or [[0, 1, 2]])
            values = (
                rng.integers(0, 3, (size, 3)) if coarse else np.maximum(rng.normal(size=(size, 3)), 0) * 9
            )
            codes.append((indices[:size].astype(np.int32), values.astype(np.float32)))
        made.append((f"{number * 7 % 101}-{number}", *sizes, *codes))
    return made


def aggregated(data: list[tuple], rank: Rank = Rank.MEAN, seed: int = 5) -> TopExamples:
    found = TopExamples(LATENTS, TOP, QUANTILE, SILENT, rank, seed)
    for sample in data:
        found.add(*sample)
    return found


def mixed(name: str, latent: int, seed: int = 5) -> int:
    """The published splitmix64 in Python integers."""
    mask = (1 << 64) - 1
    digest = hashlib.blake2b(name.encode(), digest_size=8, key=str(seed).encode()).digest()
    z = (int.from_bytes(digest, "little") + (latent + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return (z ^ (z >> 31)) >> 24


def maps(sample: tuple, latent: int) -> list[list[tuple[int, float]]]:
    """(token, activation) of the active tokens, on both sides."""
    found = []
    for indices, values in sample[3:]:
        hits = [
            (token, float(values[token, slot]))
            for token in range(len(indices))
            for slot in range(indices.shape[1])
            if indices[token, slot] == latent and values[token, slot] > 0
        ]
        found.append(hits)
    return found


def score(hits: list[tuple[int, float]], tokens: int, rank: Rank) -> float:
    values = [value for _, value in hits]
    by = {
        Rank.MEAN: lambda: sum(values) / tokens,
        Rank.MAX: lambda: max(values),
        Rank.COUNT: lambda: len(values),
    }
    return float(np.float32(by[rank]()))


def reference(data: list[tuple], latent: int, side: int, rank: Rank) -> dict[str, list]:
    firing = []
    for sample in data:
        hits = maps(sample, latent)[side]
        if hits:
            firing.append((score(hits, sample[1 + side], rank), sample[0]))
    firing.sort(key=lambda pair: (-pair[0], pair[1]))
    top = firing[:TOP]
    drawn = sorted(firing, key=lambda pair: (mixed(pair[1], latent), pair[1]))[: QUANTILE + TOP]
    rest = [pair for pair in firing if pair in drawn and pair not in top][::-1]
    strata: dict[int, list] = {}
    for place, pair in enumerate(rest):
        strata.setdefault(place * QUANTILE // max(len(rest), QUANTILE), []).append((place, pair))
    chosen = [
        min(group, key=lambda item: (mixed(item[1][1], latent), item[1][1])) for group in strata.values()
    ]
    quantile = [(place * 10 // len(rest), *pair) for place, pair in chosen]
    return {"top": top, "quantile": sorted(quantile, key=lambda item: (item[0], item[1]))}


def plain(evidence: Evidence) -> list[tuple]:
    """Evidence as comparable data, bit for bit."""
    return [(e.side, e.kind, e.position, e.score, e.sample_id, *columns(e)) for e in evidence.examples]


def columns(example: Example) -> list[bytes]:
    found = example.map
    parts = (found.image_index, found.image_value, found.text_index, found.text_value)
    return [part.tobytes() for part in parts]


def assert_same(one: TopExamples, other: TopExamples) -> None:
    assert one.samples == other.samples
    assert_same_stats(one.stats(), other.stats())
    for neuron in range(LATENTS):
        assert plain(one.evidence(neuron)) == plain(other.evidence(neuron))


def assert_same_stats(one: NeuronStats, other: NeuronStats) -> None:
    for a, b in ((one.image, other.image), (one.text, other.text)):
        assert (a.total_samples, a.total_tokens) == (b.total_samples, b.total_tokens)
        for name in ("samples", "tokens", "sum", "max", "histogram"):
            assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("rank", list(Rank))
def test_examples_are_those_of_the_definition(rank: Rank, coarse: bool) -> None:
    data = samples(1, 80, coarse)
    found = aggregated(data, rank)
    for neuron in range(LATENTS):
        evidence = found.evidence(neuron)
        for side, kind in enumerate(SIDES):
            expected = reference(data, neuron, side, rank)
            top = [(e.score, e.sample_id) for e in evidence.of(kind, ExampleKind.TOP)]
            assert top == expected["top"]
            strata = sorted(
                (e.position, e.score, e.sample_id) for e in evidence.of(kind, ExampleKind.QUANTILE)
            )
            assert strata == sorted(expected["quantile"])


def test_maps_are_whole_on_both_sides() -> None:
    data = samples(2, 60)
    found = aggregated(data)
    by_id = {sample[0]: sample for sample in data}
    checked = 0
    for neuron in range(LATENTS):
        for example in found.evidence(neuron).examples:
            image, text = maps(by_id[example.sample_id], neuron)
            assert list(zip(example.map.image_index, example.map.image_value)) == image
            assert list(zip(example.map.text_index, example.map.text_value)) == text
            checked += example.kind is not ExampleKind.SILENT
    assert checked > 50


def test_silent_examples_fire_nowhere_and_kinds_are_disjoint() -> None:
    data = samples(3, 100)
    found = aggregated(data)
    by_id = {sample[0]: sample for sample in data}
    silent = 0
    for neuron in range(LATENTS):
        for side, kind in enumerate(SIDES):
            examples = [e for e in found.evidence(neuron).examples if e.side is kind]
            assert len({e.sample_id for e in examples}) == len(examples)
            for example in found.evidence(neuron).of(kind, ExampleKind.SILENT):
                assert maps(by_id[example.sample_id], neuron) == [[], []]
                assert by_id[example.sample_id][1 + side] > 0
                silent += 1
    assert silent > LATENTS


def test_sample_ids_are_those_of_all_evidence() -> None:
    found = aggregated(samples(4, 150))
    expected = {e.sample_id for n in range(LATENTS) for e in found.evidence(n).examples}
    assert found.kept().sample_ids() == expected


def test_statistics_are_those_of_the_definition() -> None:
    data = samples(6, 50)
    stats = aggregated(data).stats()
    for side, totals in enumerate((stats.image, stats.text)):
        assert totals.total_samples == sum(sample[1 + side] > 0 for sample in data)
        assert totals.total_tokens == sum(sample[1 + side] for sample in data)
        for neuron in range(LATENTS):
            lists = [[v for _, v in maps(sample, neuron)[side]] for sample in data]
            values = [value for listed in lists for value in listed]
            assert totals.tokens[neuron] == len(values)
            assert totals.samples[neuron] == sum(bool(listed) for listed in lists)
            assert totals.sum[neuron] == pytest.approx(sum(values), rel=1e-14)
            assert totals.max[neuron] == max(values, default=0)
            clipped = np.clip(values, histogram_edges()[0], np.nextafter(histogram_edges()[-1], 0))
            assert totals.histogram[neuron].tolist() == np.histogram(clipped, histogram_edges())[0].tolist()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9),
    coarse=st.booleans(),
    rank=st.sampled_from(list(Rank)),
    parts=st.integers(1, 5),
    order=st.randoms(use_true_random=False),
)
def test_any_split_and_order_gives_the_same_bits(
    seed: int, coarse: bool, rank: Rank, parts: int, order: object
) -> None:
    data = samples(seed, 40, coarse)
    whole = aggregated(data, rank)
    shuffled = list(data)
    order.shuffle(shuffled)
    pieces = [aggregated(shuffled[part::parts], rank) for part in range(parts)]
    order.shuffle(pieces)
    first, *others = pieces
    for other in others:
        first.merge(other)
    assert_same(first, whole)


def test_pruning_often_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = samples(8, 200, coarse=True)
    whole = aggregated(data)
    monkeypatch.setattr("models.topk.keeper.MIN_PENDING_PAIRS", 1)
    monkeypatch.setattr("models.topk.keeper.MIN_PENDING_ENTRIES", 1)
    assert_same(aggregated(data), whole)


def test_memory_does_not_grow_with_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.topk.keeper.MIN_PENDING_PAIRS", 64)
    monkeypatch.setattr("models.topk.keeper.MIN_PENDING_ENTRIES", 64)
    most = LATENTS * 2 * (TOP + TOP + QUANTILE)
    found = TopExamples(LATENTS, TOP, QUANTILE, SILENT)
    for sample in samples(9, 2000):
        found.add(*sample)
        assert len(found.keeper.pairs) <= most
        assert len(found.keeper.ids) <= most + 65
    assert len(found.pool.ids) == SILENT * 10


def test_a_checkpoint_goes_on_where_it_was(tmp_path: Path) -> None:
    data = samples(10, 120)
    whole = aggregated(data)
    aggregated(data[:50]).save(tmp_path / "half.npz")
    resumed = TopExamples.load(tmp_path / "half.npz")
    for sample in data[50:]:
        resumed.add(*sample)
    assert_same(resumed, whole)
    assert [path.name for path in tmp_path.iterdir()] == ["half.npz"]


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "half.npz"
    aggregated(samples(11, 20)).save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="checkpoint"):
        TopExamples.load(path)


def test_parts_that_do_not_fit_are_refused() -> None:
    data = samples(12, 10)
    with pytest.raises(ValueError, match="other settings"):
        aggregated(data).merge(aggregated(data, Rank.MAX))
    with pytest.raises(ValueError, match="twice"):
        aggregated(data).merge(aggregated(data))
    code = (np.array([[LATENTS]], np.int32), np.ones((1, 1), np.float32))
    empty = aggregated([])
    with pytest.raises(ValueError, match="outside"):
        empty.add("x", 1, 1, code, code)
    with pytest.raises(ValueError, match="does not fit"):
        empty.add("x", 2, 1, code, code)


def test_a_dead_latent_has_no_examples() -> None:
    code = (np.zeros((1, 1), np.int32), np.ones((1, 1), np.float32))
    none = (np.zeros((0, 1), np.int32), np.zeros((0, 1), np.float32))
    found = aggregated([("a", 1, 0, code, none)])
    assert found.evidence(1).examples == ()
    assert [e.sample_id for e in found.evidence(0).examples] == ["a"]
