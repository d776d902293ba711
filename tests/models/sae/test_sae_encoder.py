"""Fast encoding against the plain one."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sae import Sae, SaeConfig, reference
from models.sae.encoder import Encoder
from models.sae.select import group_size, screen, top_rows
from models.sae.sparse import Pairs, mixture, padded, sums
from studio.domain.errors import WidthError


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([512, 768, 1000, 4096, 8192]), st.integers(1, 70), st.integers(0, 9), st.booleans())
def test_top_rows_is_topk(n: int, k: int, seed: int, ties: bool) -> None:
    values = torch.randn(7, n, generator=torch.Generator().manual_seed(seed))
    if ties:
        values = (values * 2).round()
    top, columns = top_rows(values, k)
    assert torch.equal(top.sort(1).values, values.topk(k, dim=1).values.sort(1).values)
    assert torch.equal(values.gather(1, columns), top)
    assert all(len(set(row.tolist())) == k for row in columns)


def test_groups_are_used_where_they_pay() -> None:
    assert group_size(8192, 32) == 16
    assert group_size(131072, 320) in (16, 32)
    assert group_size(1000, 900) == 1
    assert 131072 % group_size(131072, 256) == 0


def test_sparse_products_equal_dense_ones() -> None:
    draw = torch.Generator().manual_seed(0)
    x, table = torch.randn(50, 24, generator=draw), torch.randn(90, 24, generator=draw)
    indices = torch.stack([torch.randperm(90, generator=draw)[:7] for _ in range(50)])
    values = torch.randn(50, 7, generator=draw)
    dense = torch.zeros(50, 90).scatter(1, indices, values)
    pairs, listed = Pairs.of(indices, 90), (x @ table.t()).gather(1, indices)
    assert torch.equal(pairs.latents, indices.flatten().sort().values)
    assert torch.allclose(pairs.dots(x, table), pairs.sorted(listed), atol=1e-5)
    assert torch.allclose(mixture(indices, values, table), dense @ table, atol=1e-5)
    assert torch.allclose(pairs.sum_rows(pairs.sorted(values), x), dense.t() @ x, atol=1e-5)
    assert torch.allclose(pairs.sums(pairs.sorted(values)), dense.sum(0), atol=1e-5)
    assert torch.allclose(sums(indices, values, 90), dense.sum(0), atol=1e-5)


def test_listed_pairs_come_back_by_row() -> None:
    rows, latents = torch.tensor([2, 0, 2, 0, 3]), torch.tensor([5, 4, 1, 2, 5])
    pairs = Pairs.listed(rows, latents, 7)
    order, starts, counts = pairs.by_row(5)
    assert counts.tolist() == [2, 0, 2, 1, 0]
    found = padded(pairs.latents[order].float(), starts, counts, 1, -1.0)
    assert found.tolist() == [[2, 4], [-1, -1], [1, 5], [5, -1], [-1, -1]]
    assert padded(found[:0, 0], starts, counts * 0, 3, 0.0).shape == (5, 3)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([528, 1022, 1552, 4096]),
    st.sampled_from([1, 2, 7, 16, 60, 120]),
    st.integers(0, 9),
    st.sampled_from(["any", "negative", "ties", "constant"]),
    st.booleans(),
)
def test_screening_misses_nothing_above_its_floor(n: int, k: int, seed: int, kind: str, half: bool) -> None:
    values = torch.randn(n, 5, generator=torch.Generator().manual_seed(seed))
    if kind == "negative":
        values = -values.abs() - 0.1
    if kind == "ties":
        values = (values * 3).round()
    if kind == "constant":
        values[:, 2] = 0.25
    values = values.to(torch.bfloat16) if half else values
    found = screen(values, k)
    assert torch.equal(found.latents, found.latents.sort().values)
    assert torch.equal(found.values, values[found.latents, found.columns])
    for column in range(5):
        members = set(found.latents[found.columns == column].tolist())
        if found.floor[column] == torch.inf:
            assert not members
            # Rounded to bfloat16, a few neighbours are equal too; that crowds only a very small k.
            assert kind in ("ties", "constant") or (half and k < 7)
            continue
        assert members == set((values[:, column] >= found.floor[column]).nonzero().flatten().tolist())
        assert len(members) >= k


def heavy_tailed(rows: int, d: int, n: int, seed: int = 0) -> tuple[torch.Tensor, Encoder, Encoder]:
    """Correlated inputs, as hidden states are, and close pre-activations round the k-th."""
    draw = torch.Generator().manual_seed(seed)
    weight = torch.randn(n, d, generator=draw) / d**0.5
    bias = torch.randn(n, generator=draw) * 0.1
    mix = torch.randn(d, d, generator=draw) * torch.logspace(0, -2, d)
    x = torch.randn(rows, d, generator=draw) @ mix
    return x, Encoder(weight, bias, screen=True), Encoder(weight, bias, screen=False)


@pytest.mark.parametrize(("d", "n", "k"), [(256, 8192, 32), (512, 16384, 256), (64, 4096, 16)])
def test_screening_finds_exactly_the_k_largest(d: int, n: int, k: int) -> None:
    x, fast, plain = heavy_tailed(400, d, n)
    values, latents = fast.top(x, k)
    exact, numbers = torch.addmm(plain.bias, x, plain.weight.t()).topk(k, dim=1)
    found = latents.sort(1).values == numbers.sort(1).values
    # Where two latents are equal but for rounding either may stand at place k.
    assert float(found.all(1).double().mean()) > 0.99
    assert torch.allclose(values.sort(1).values, exact.sort(1).values, rtol=1e-4, atol=1e-5)


def test_without_the_certainty_check_screening_would_miss_some() -> None:
    """The check is what makes recall 1: without spare candidates bfloat16 alone loses latents."""
    x, fast, plain = heavy_tailed(400, 256, 8192)
    exact = plain.top(x, 32)[0].sort(1).values
    sloppy = Encoder(fast.weight, fast.bias, screen=True, sure=False)
    assert not torch.allclose(sloppy.top(x, 32, spare=0)[0].sort(1).values, exact, rtol=1e-4, atol=1e-5)
    assert torch.allclose(fast.top(x, 32, spare=0)[0].sort(1).values, exact, rtol=1e-4, atol=1e-5)
    assert 0 < fast.mended < 400


def test_rows_that_cannot_be_screened_are_computed_whole() -> None:
    """Ties in all latents, NaN and infinity give what the plain way gives."""
    x, fast, plain = heavy_tailed(6, 64, 4096)
    for encoder in (fast, plain):
        encoder.bias.zero_()
        encoder.refresh()
    x[1], x[3, 5], x[4, 0] = 0.0, torch.nan, torch.inf
    for sure in (True, False):
        fast.sure, fast.mended = sure, 0
        values, latents = fast.top(x, 16)
        exact, _ = torch.addmm(plain.bias, x, plain.weight.t()).topk(16, dim=1)
        assert torch.allclose(values.sort(1).values, exact.sort(1).values, rtol=1e-4, equal_nan=True)
        assert fast.mended >= 2
        assert all(len(set(row.tolist())) == 16 for row in latents)


def small_sae(**settings) -> Sae:
    draw = torch.Generator().manual_seed(7)
    n, d = 4096, 48
    decoder = torch.nn.functional.normalize(torch.randn(n, d, generator=draw), dim=1)
    bias = torch.randn(n, generator=draw) * 0.2
    return Sae(
        SaeConfig(d, n, 24, **settings), decoder.clone(), bias, decoder, torch.randn(d, generator=draw)
    )


def test_encode_and_decode_equal_the_reference() -> None:
    sae = small_sae()
    x = torch.randn(130, 48, generator=torch.Generator().manual_seed(1))
    code = sae.encode(x)
    values, latents = reference.encode(x, sae.encoder, sae.encoder_bias, sae.b_dec, 24)
    assert code.indices.dtype == torch.int32
    assert code.values.dtype == torch.float32
    assert torch.allclose(code.values.sort(1).values, values.sort(1).values, atol=1e-5)
    expected = reference.decode(values, latents, sae.decoder, sae.b_dec)
    assert torch.allclose(sae.decode(code), expected, atol=1e-4)


@pytest.mark.parametrize("screen", [False, True])
def test_a_row_does_not_depend_on_its_neighbours(screen: bool) -> None:
    sae = small_sae()
    sae._fast = Encoder(sae.encoder, sae.encoder_bias, screen=screen)
    x = torch.randn(40, 48, generator=torch.Generator().manual_seed(1))
    together = sae.encode(x)
    for row in range(0, 40, 9):
        alone = sae.encode(x[row : row + 1])
        assert set(alone.indices[0].tolist()) == set(together.indices[row].tolist())
        assert torch.allclose(alone.values.sort().values, together.values[row].sort().values, atol=1e-5)


def test_signed_latents_are_ranked_by_size_and_keep_their_sign() -> None:
    sae = small_sae(signed=True)
    x = torch.randn(20, 48, generator=torch.Generator().manual_seed(1))
    code = sae.encode(x)
    pre = (x - sae.b_dec) @ sae.encoder.t() + sae.encoder_bias
    best = pre.abs().topk(24, dim=1).values.sort(1).values
    assert torch.allclose(code.values.abs().sort(1).values, best, atol=1e-5)
    assert bool((code.values < 0).any())


def test_groupmax_takes_the_largest_of_each_run() -> None:
    sae = small_sae(activation="groupmax")
    sae = Sae(SaeConfig(48, 4096, 16, activation="groupmax"), *sae_weights(sae))
    x = torch.randn(20, 48, generator=torch.Generator().manual_seed(1))
    code = sae.encode(x)
    pre = ((x - sae.b_dec) @ sae.encoder.t() + sae.encoder_bias).relu()
    for row in range(20):
        for group in range(16):
            run = pre[row, group * 256 : (group + 1) * 256]
            assert code.values[row, group] == pytest.approx(float(run.max()), abs=1e-5)
            assert int(code.indices[row, group]) == group * 256 + int(run.argmax())


def sae_weights(sae: Sae) -> tuple[torch.Tensor, ...]:
    return sae.encoder, sae.encoder_bias, sae.decoder, sae.b_dec


def test_wrong_width_is_a_sentence() -> None:
    with pytest.raises(WidthError, match=r"48 numbers, not of 47"):
        small_sae().encode(torch.zeros(3, 47))


def test_no_rows_encode_to_no_rows() -> None:
    sae = small_sae()
    code = sae.encode(torch.zeros(0, 48))
    assert code.indices.shape == (0, 24)
    assert sae.decode(code).shape == (0, 48)
