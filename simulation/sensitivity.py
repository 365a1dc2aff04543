"""What other weights and other means of the dimensions would say of the same teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulation import reference
from simulation.common import About, Study, Team, instrument, truth_of
from simulation.figures import mean, rank_correlation
from simulation.markdown import Published, cell, note, number, table
from simulation.world import chance, combined, dimensions

ROW = "sensitivity"
DRAWS = 300  # of random weights
TOGETHER = 7.0  # the parameters of the Dirichlet: the smaller, the wider the weights are drawn


def team(row: str, number: int, seed: int) -> Team:
    """Return the true means of a team's dimensions, in the order of the layers."""
    means = dimensions(instrument(), truth_of(number, seed))
    return tuple(means[name] for name in dimension_ids())


def dimension_ids() -> list[str]:
    """Return the ids of the dimensions, in the order of the layers."""
    return [dimension.id for layer in instrument().layers for dimension in layer.dimensions]


def weights(seed: int) -> list[dict[str, float]]:
    """Return random weights of the layers, each set summing to 1: Dirichlet about those of the instrument."""
    draws = chance(seed, ROW, "weights")
    found = []
    for _ in range(DRAWS):
        raw = {layer.id: draws.gammavariate(TOGETHER * layer.weight, 1) for layer in instrument().layers}
        found.append({name: value / sum(raw.values()) for name, value in raw.items()})
    return found


def tables(results: Mapping[str, Sequence[Team]], about: About) -> dict[str, str]:
    """Return the table of other powers and other weights, on the same Likely means of dimensions."""
    means = [dict(zip(dimension_ids(), each, strict=True)) for each in results[ROW]]
    base = [combined(instrument(), each) for each in means]
    rows = []
    for power, shift in reference.POWERS.items():
        other = [combined(instrument(), each, power=power) for each in means]
        moved = mean(a - b for a, b in zip(other, base, strict=True))
        rank = rank_correlation(other, base).value
        published = Published(shift, 1, reference.TEAMS)
        rows.append([f"power {number(power, 1)}", f"{rank:.3f}", cell(moved, 2, published)])
    equal = dict.fromkeys((layer.id for layer in instrument().layers), 1.0)
    rows.append(["equal weights of the layers", *_weighted(means, base, equal, reference.WEIGHTS["equal"])])
    ranks = [
        rank_correlation([combined(instrument(), each, weights=drawn) for each in means], base).value
        for drawn in weights(about.seed)
    ]
    for name, value in (("mean", sum(ranks) / len(ranks)), ("worst", min(ranks))):
        rows.append([f"{DRAWS} random weights, {name}", f"{value:.3f} ({reference.WEIGHTS[name]:.3f})", ""])
    said = (
        "The true dimensions of the teams, put together otherwise. Earlier, for every power: .99 or more. "
        "The random weights of the layers are drawn about the instrument’s (Dirichlet, total "
        f"{TOGETHER:g}); how widely they were drawn earlier is not on record."
    )
    header = ["put together with", "rank correlation with the instrument’s", "shift of the mean, points"]
    return {"sensitivity": "\n\n".join([str(about), said, table(header, rows), note(reference.TEAMS)])}


def _weighted(
    means: Sequence[Mapping[str, float]], base: Sequence[float], drawn: Mapping[str, float], published: float
) -> list[str]:
    other = [combined(instrument(), each, weights=drawn) for each in means]
    moved = mean(a - b for a, b in zip(other, base, strict=True))
    return [f"{rank_correlation(other, base).value:.3f} ({published})", cell(moved, 2)]


STUDY = Study(rows=(ROW,), team=team, tables=tables)
