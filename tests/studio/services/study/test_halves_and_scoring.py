"""Halves share nothing, strangers leak nothing, and the measures equal slow computations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.scorers import LeakError
from studio.domain.context import Quiet
from studio.domain.modality import TokenKind
from studio.services.study.gather import Item, Side, grouped
from studio.services.study.halves import Halves, check_apart, draw_halves
from studio.services.study.naming import strangers
from studio.services.study.scoring import HeldOut
from studio.services.study.vectors import VectorStore, key_of

drawn = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20)


def side_of(pairs: list[tuple[int, int]], silent: int = 4) -> Side:
    """Examples of (picture, part)."""
    groups = grouped([picture for picture, _ in pairs], [part for _, part in pairs])
    items = [
        Item(f"s{i}", f"part{part}", f"whole{picture}", picture, group)
        for i, ((picture, part), group) in enumerate(zip(pairs, groups, strict=True))
    ]
    return Side(tuple(items), tuple((f"silent{i}", i) for i in range(silent)))


@given(drawn, st.integers(1, 8), st.integers(0, 5))
def test_halves_have_no_picture_and_no_part_in_common(
    pairs: list[tuple[int, int]], count: int, seed: int
) -> None:
    side = side_of(pairs)
    halves = draw_halves(side, count, (seed,))
    seen = [side.items[i] for i in halves.seen]
    held = [side.items[i] for i in halves.held]
    assert not {item.picture for item in seen} & {item.picture for item in held}
    assert not {item.part for item in seen} & {item.part for item in held}
    assert 1 <= len(seen) <= count
    assert len(held) <= count
    assert (len(held) == 0) == (len({item.group for item in side.items}) == 1)
    assert not {item.picture for item in seen} & {side.silent[i][1] for i in halves.silent}
    check_apart(seen, held)
    assert draw_halves(side, count, (seed,)) == halves


@given(drawn)
def test_groups_are_the_connected_ones(pairs: list[tuple[int, int]]) -> None:
    groups = grouped([a for a, _ in pairs], [b for _, b in pairs])
    reached = np.array([[a == c or b == d for c, d in pairs] for a, b in pairs])
    for _ in pairs:
        reached = reached @ reached
    assert ((np.array(groups)[:, None] == np.array(groups)[None, :]) == reached).all()


def test_other_seeds_draw_other_halves() -> None:
    side = side_of([(i, i) for i in range(12)])
    assert len({draw_halves(side, 6, (seed,)).seen for seed in range(5)}) > 1


@pytest.mark.parametrize("common", ["picture", "part"])
def test_an_overlap_is_a_leak(common: str) -> None:
    one = Item("a", "part1", "whole1", 1, 1)
    other = Item("b", "part1" if common == "part" else "part2", "w", 1 if common == "picture" else 2, 2)
    with pytest.raises(LeakError, match="'b'"):
        check_apart([one], [other])


@given(drawn, st.integers(1, 6), st.integers(0, 3))
def test_strangers_are_of_other_neurons_and_leak_nothing(
    pairs: list[tuple[int, int]], count: int, seed: int
) -> None:
    pool = [(i % 3, item) for i, item in enumerate(side_of(pairs).items)]
    held = [item for neuron, item in pool if neuron == 0][:2]
    found = strangers(pool, 0, held, count, (seed,))
    check_apart(found, held)
    free = [
        item
        for neuron, item in pool
        if neuron != 0
        and item.picture not in {h.picture for h in held}
        and item.part not in {h.part for h in held}
    ]
    assert len(found) == min(count, len(free))
    assert all(item in free for item in found)


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    rng = np.random.default_rng(5)
    made = VectorStore(tmp_path / "vectors")
    names = [f"{kind}{i}" for kind in ("part", "whole", "silent") for i in range(8)]

    def embed(items: list[str]) -> np.ndarray:
        found = rng.normal(size=(len(items), 6)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    made.embed(((name, name) for name in names), embed, Quiet())
    return made


def test_measures_equal_slow_ones(store: VectorStore) -> None:
    rng = np.random.default_rng(1)
    sides = [side_of([(i, i) for i in range(n)]) for n in (6, 8)]
    halves = [Halves((0, 1), (2, 4, 5), (0, 1, 3)), Halves((1,), (0, 7), (2,))]
    bank = rng.normal(size=(9, 6)).astype(np.float32)
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    chosen = [4, 8]
    held = HeldOut(sides, halves, store)
    alignment = held.alignment(bank[chosen])
    place, detection = held.place(bank[chosen], bank, chosen), held.detection(bank[chosen])
    for i, (side, half) in enumerate(zip(sides, halves, strict=True)):
        parts = store.stack([side.items[k].part for k in half.held]).astype(float)
        slow = [float(np.mean([part @ phrase for part in parts])) for phrase in bank]
        assert alignment[i] == pytest.approx(slow[chosen[i]], abs=1e-6)
        assert place[i] == pytest.approx(np.mean([slow[chosen[i]] > x for x in np.delete(slow, chosen[i])]))
        outside = held.place(bank[chosen], bank[:3], [None, None])[i]
        assert outside == pytest.approx(np.mean([slow[chosen[i]] > x for x in slow[:3]]))
        fires = store.stack([side.items[k].whole for k in half.held]) @ bank[chosen[i]]
        not_fires = store.stack([side.silent[k][0] for k in half.silent]) @ bank[chosen[i]]
        u = stats.mannwhitneyu(fires, not_fires).statistic
        assert detection[i] == pytest.approx(u / (len(fires) * len(not_fires)))


def test_what_cannot_be_measured_is_missing(store: VectorStore) -> None:
    held = HeldOut([side_of([(0, 0), (1, 1)])], [Halves((0,), (1,), ())], store)
    assert np.isnan(held.detection(np.ones((1, 6), np.float32))).all()
    assert np.isnan(held.place(np.ones((1, 6), np.float32), np.ones((1, 6), np.float32), [0])).all()


def test_vectors_stay_when_embedding_fails_and_a_torn_part_is_made_anew(tmp_path: Path) -> None:
    asked: list[str] = []

    def embed(items: list[str]) -> np.ndarray:
        if len(asked) >= 128:
            raise RuntimeError("the device is gone")
        asked.extend(items)
        return np.ones((len(items), 2), np.float32)

    names = [f"k{i}" for i in range(200)]
    with pytest.raises(RuntimeError, match="gone"):
        VectorStore(tmp_path).embed(((name, name) for name in names), embed, Quiet())
    again = VectorStore(tmp_path)
    assert [name in again for name in names] == [i < 128 for i in range(200)]
    (part,) = tmp_path.glob("*.npz")
    part.write_bytes(part.read_bytes()[:50])
    assert names[0] not in VectorStore(tmp_path)


def test_keys_differ_where_any_part_does() -> None:
    keys = [
        key_of("a", "bc"),
        key_of("ab", "c"),
        key_of("abc"),
        key_of("a", np.arange(3)),
        key_of("a", b"bc1"),
    ]
    assert len(set(keys)) == len(keys)
    assert key_of(TokenKind.TEXT.value, np.arange(3)) == key_of("text", np.arange(3))
