"""Proposal relation: starts as nothing, sees valid cells only, attends to what its kind says."""

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import linear

from common.models.bmn import Bmn, BmnShape
from common.models.boundary_matching import MapShape, cell_indices, pack, unpack
from common.models.relation import BLOCKS, ProposalRelation, RelationBlock, RelationShape

KINDS = list(BLOCKS)
T, D, C, HEADS = 7, 5, 8, 2
SHAPE = BmnShape(8, MapShape(10, 6, 4), 8, 8, 12, 8)


def trained_looking(module: torch.nn.Module) -> torch.nn.Module:
    """Every weight drawn anew, so that no layer is zero."""
    generator = torch.Generator().manual_seed(9)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5
    return module.double()


def block(reach: str, pool: int = 2) -> RelationBlock:
    return trained_looking(RelationBlock(reach, T, D, C, HEADS, pool))


def test_the_published_size_has_the_documented_number_of_parameters():
    relation = ProposalRelation(RelationShape("full"), 100, 100, 128)
    assert sum(p.numel() for p in relation.parameters()) == 91_904


@pytest.mark.parametrize("kind", KINDS)
def test_an_untrained_relation_changes_no_bit_of_bmn(kind):
    torch.manual_seed(0)
    plain, related = Bmn(SHAPE), Bmn(SHAPE, RelationShape(kind, heads=2, pool=2))
    related.load_state_dict(plain.state_dict(), strict=False)
    x = torch.randn(2, 8, 10)
    for a, b in zip(plain(x), related(x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_after_one_step_it_differs_and_after_two_all_its_weights_have_moved(kind):
    torch.manual_seed(0)
    network = Bmn(SHAPE, RelationShape(kind, heads=2, pool=2)).double()
    x = torch.randn(2, 8, 10, dtype=torch.float64)
    before = network(x).confidence.detach()
    start = {name: p.detach().clone() for name, p in network.relation.named_parameters()}
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for step in range(2):
        optimizer.zero_grad()
        network(x).confidence.square().mean().backward()
        optimizer.step()
        if step == 0:
            assert not torch.equal(network(x).confidence, before)
    for name, parameter in network.relation.named_parameters():
        assert not torch.equal(parameter, start[name]), name


def attended_cells(reach: str, cell: int) -> list[int]:
    d, s = cell_indices(T, D)
    line = {"row": d, "column": s}.get(reach)
    return [i for i in range(len(d)) if line is None or line[i] == line[cell]]


@pytest.mark.parametrize("reach", ["full", "row", "column"])
def test_every_cell_attends_to_the_valid_cells_of_its_line(reach):
    """Written out cell by cell, with no padding and no mask."""
    relation = block(reach)
    d, s = (torch.from_numpy(index) for index in cell_indices(T, D))
    rows = torch.randn(2, len(d), C, dtype=torch.float64)
    x = relation.norm(rows) + relation.duration_table[d] + relation.start_table[s]
    q = relation.query(x).unflatten(-1, (HEADS, -1))
    k, v = (t.unflatten(-1, (HEADS, -1)) for t in relation.key_value(x).chunk(2, -1))
    expected = torch.empty_like(rows)
    for cell in range(len(d)):
        seen = attended_cells(reach, cell)
        logits = torch.einsum("bhe,bmhe->bhm", q[:, cell], k[:, seen]) / (C / HEADS) ** 0.5
        mixed = torch.einsum("bhm,bmhe->bhe", logits.softmax(-1), v[:, seen]).flatten(1)
        expected[:, cell] = rows[:, cell] + linear(mixed, relation.out.weight, relation.out.bias)
    assert (relation(rows) - expected).abs().max() < 1e-12


def test_pooled_keys_are_means_over_the_valid_cells_of_each_square():
    relation = block("pooled", pool=2)
    d, s = (torch.from_numpy(index) for index in cell_indices(T, D))
    rows = torch.randn(1, len(d), C, dtype=torch.float64)
    x = relation.norm(rows) + relation.duration_table[d] + relation.start_table[s]
    squares = sorted({(int(a), int(b)) for a, b in zip(d // 2, s // 2, strict=True)})
    keys = torch.stack([x[:, (d // 2 == a) & (s // 2 == b)].mean(dim=1) for a, b in squares], dim=1)
    k, v = (t.unflatten(-1, (HEADS, -1)) for t in relation.key_value(keys).chunk(2, -1))
    q = relation.query(x).unflatten(-1, (HEADS, -1))
    weights = (torch.einsum("bnhe,bmhe->bhnm", q, k) / (C / HEADS) ** 0.5).softmax(-1)
    mixed = torch.einsum("bhnm,bmhe->bnhe", weights, v).flatten(2)
    assert (relation(rows) - rows - relation.out(mixed)).abs().max() < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_outside_the_sequence_reaches_no_cell_inside(kind):
    relation = trained_looking(ProposalRelation(RelationShape(kind, HEADS, 2), T, D, C))
    rows = torch.randn(1, cell_indices(T, D)[0].size, C, dtype=torch.float64)
    outputs = [
        relation(pack(unpack(rows, torch.full((C,), fill, dtype=torch.float64), T, D)))
        for fill in (0.0, 1e6)
    ]
    assert torch.equal(*outputs)


def test_full_attention_commutes_with_any_order_of_the_cells():
    relation = block("full")
    relation.duration_table.data.zero_()
    relation.start_table.data.zero_()
    rows = torch.randn(1, cell_indices(T, D)[0].size, C, dtype=torch.float64)
    order = torch.randperm(rows.shape[1], generator=torch.Generator().manual_seed(1))
    assert (relation(rows)[:, order] - relation(rows[:, order])).abs().max() < 1e-12


def test_keys_can_come_from_another_video():
    relation = block("row")
    rows = torch.randn(3, cell_indices(T, D)[0].size, C, dtype=torch.float64)
    assert torch.equal(relation(rows, rows), relation(rows))
    assert not torch.allclose(relation(rows, rows.roll(1, dims=0)), relation(rows))


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_fused_so_its_map_is_never_stored(kind):
    """With every other implementation forbidden it still runs, forward and backward."""
    relation = ProposalRelation(RelationShape(kind, HEADS, 2), T, D, C)
    rows = torch.randn(2, cell_indices(T, D)[0].size, C, requires_grad=True)
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        relation(rows).sum().backward()
    assert rows.grad is not None


def test_heads_must_divide_the_channels():
    with pytest.raises(ValueError, match="3 heads do not divide 8 channels"):
        RelationBlock("full", T, D, C, 3, 2)
