"""Which rules of an instrument can ever fire, shown by a case for each of their conditions.

For every condition cases are built in which it holds and as little else as possible does; the routing
itself then says which rule such a case gets. The cases keep to what a diagnosis can be: nothing is present
that no form asks, a level is only awarded where Shown allows it, a closed gate shows no figure. They do not
keep to more than that, so a rule that is called reachable may still be rare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from assessment.core.instrument import Condition, Form, Instrument, Rule
from assessment.core.patterns import Finding, Seen, State, findings
from assessment.core.routing import Case, route
from assessment.core.scoring import Observation, OwnEstimate, power_mean

_HAIR = 1e-6  # by how much a case passes a limit that must be passed


@dataclass(frozen=True, slots=True)
class Reach:
    """What becomes of one condition: `case` is one that its rule decides, None where there is none.

    `first` are the numbers of the rules that come first in every case in which it holds; without a case
    and without any of them, it cannot hold at all.
    """

    rule: int  # by position, as `condition`
    condition: int
    case: Case | None
    first: tuple[int, ...]


def reaches(instrument: Instrument) -> tuple[Reach, ...]:
    """Return what becomes of each condition of each rule, in their order."""
    # Forms often ask the same layers, and these take the longest.
    asked = {form.id: _layers_asked(instrument, form) for form in instrument.forms}
    layers = {names: tuple(_layers(instrument, names)) for names in set(asked.values()) if names}
    worlds = [
        world
        for form in instrument.forms
        for world in _worlds(instrument, form, layers.get(asked[form.id], ()))
    ]
    return tuple(
        _reach(instrument, worlds, (at, rule), (index, condition))
        for at, rule in enumerate(instrument.rules)
        for index, condition in enumerate(rule.any)
    )


def pattern_states(instrument: Instrument, form_id: str) -> dict[str, State]:
    """Return the most that each pattern can come to in a form, where all that it asks fails.

    A form from memory has none of them.
    """
    asked = instrument.asked(form_id)
    frames = [frame for frame in instrument.frames.values() if instrument.frame_size(frame, form_id)]
    failing = {name: Observation(0, each.marks[form_id], 0, "E3") for name, each in asked.items()}
    seen = Seen(
        form=form_id,
        observations=failing,
        likely={name: OwnEstimate(0.0, 0.0, 1.0) for name in asked},
        not_applicable=(),
        context={frame.context.id: 1.0 for frame in frames if frame.context},
    )
    states = {found.id: found.state for found in findings(instrument, seen)}
    of_shares = {each.id for each in instrument.patterns if each.unverified_at_least is not None}
    return {name: "present" if name in of_shares else state for name, state in states.items()}


def _reach(
    instrument: Instrument, worlds: Sequence[_World], at: tuple[int, Rule], which: tuple[int, Condition]
) -> Reach:
    first: set[int] = set()
    for world in worlds:
        for case in world.cases(which[1]):
            number = route(instrument, case).rule
            if number == at[1].number:
                return Reach(at[0], which[0], case, ())
            first.add(number)
    return Reach(at[0], which[0], None, tuple(sorted(first)))


def _worlds(instrument: Instrument, form: Form, layers: Sequence[Mapping[str, float]]) -> Iterator[_World]:
    """Yield what a form's diagnoses can be: with its gate closed, and with it open."""
    states = pattern_states(instrument, form.id)
    closed = Case(form.id, ("Closed.",), None, 0.0, None, None, None, {}, {}, ())
    yield _World(instrument, states, closed, (None,), (None,), ({},))
    if not instrument.asked(form.id):
        return  # without a mark there is no figure
    opened = replace(closed, gate_reasons=(), shown=0.0, claim_gap=0.0)
    levels: Sequence[str | None] = (None,)
    bands: Sequence[str | None] = (None,)
    if not form.from_memory:
        conditions = [condition for rule in instrument.rules for condition in rule.any]
        levels = _representatives(
            instrument.constants.confidence.levels, [each.confidence or () for each in conditions]
        )
        bands = _representatives(
            [band.id for band in instrument.constants.bands], [each.awarded or () for each in conditions]
        )
    yield _World(instrument, states, opened, levels, bands, layers)


def _representatives(names: Sequence[str], groups: Sequence[Iterable[str]]) -> list[str]:
    """Return the first of those names that no group tells apart."""
    kinds = {tuple(name in group for group in groups): name for name in reversed(names)}
    return [name for name in names if name in kinds.values()]


@dataclass(frozen=True, slots=True)
class _World:
    """The cases that one form with its gate open, or closed, can give."""

    instrument: Instrument
    states: Mapping[str, State]
    base: Case
    levels: Sequence[str | None]
    bands: Sequence[str | None]
    layers: Sequence[Mapping[str, float]]

    @property
    def is_open(self) -> bool:
        return not self.base.gate_reasons

    def cases(self, condition: Condition) -> Iterator[Case]:
        """Yield the least cases in which a condition holds, as far as it is not about layers."""
        if condition.gate_failed and self.is_open:
            return
        if condition.from_memory and not self.instrument.form(self.base.form).from_memory:
            return
        levels = [each for each in self.levels if _one_of(each, condition.confidence)]
        bands = [each for each in self.bands if _one_of(each, condition.awarded)]
        for unverified, found in self._found(condition):
            for layers in self.layers:
                if not _layers_hold(condition, layers):
                    continue
                for level, band in product(levels, bands):
                    case = replace(
                        self.base,
                        confidence=level,
                        awarded=band,
                        unverified_share=unverified,
                        layers=layers,
                        findings=found,
                    )
                    yield from self._with_figures(case, condition)

    def _with_figures(self, case: Case, condition: Condition) -> Iterator[Case]:
        """Yield the case with Shown as high, and the gap as small, as the condition lets them be."""
        if not self.is_open:
            if condition.shown_below is None and condition.claim_gap_above is None:
                yield case
            return
        constants = self.instrument.constants
        gap = 0.0 if condition.claim_gap_above is None else max(0.0, condition.claim_gap_above + _HAIR)
        weights = {layer.id: layer.weight for layer in self.instrument.layers}
        used = [weights[name] for name in case.layers]
        # Shown is never above Likely, and a power mean of means never below the mean of power means.
        highest = min(100.0 - gap, power_mean(list(case.layers.values()), used, constants.power))
        if condition.shown_below is not None:
            highest = min(highest, condition.shown_below - _HAIR)
        lowest = 0.0
        cuts = [band.above for band in constants.bands]
        if case.awarded is not None:
            at = [band.id for band in constants.bands].index(case.awarded)
            # What exceeds a cut with this probability has at least this mean; what does not, at most that.
            lowest = constants.award_probability * cuts[at]
            if at + 1 < len(cuts):
                share = constants.award_probability
                highest = min(highest, share * 100 + (1 - share) * cuts[at + 1])
        if highest >= lowest:
            yield replace(case, shown=highest, claim_gap=gap)

    def _found(self, condition: Condition) -> Iterator[tuple[float, tuple[Finding, ...]]]:
        """Yield the least shares of unverified marks and the fewest findings that a condition asks for."""
        of_shares = {
            each.id: each.unverified_at_least
            for each in self.instrument.patterns
            if each.unverified_at_least is not None and each.id in self.states
        }
        can_be = [
            name
            for name, state in self.states.items()
            if name in of_shares or (state == "present" and self.is_open)
        ]
        least = condition.unverified_share_at_least or 0.0
        for chosen in _chosen(condition, can_be):
            share = max(least, *(of_shares.get(name, 0.0) for name in chosen), 0.0)
            if self.is_open and share >= self.instrument.constants.gates.unverified_share:
                continue
            present = {*chosen, *(name for name, limit in of_shares.items() if limit <= share)}
            for possible in self._possible(condition, present, of_shares.keys()):
                yield (
                    share,
                    tuple(
                        Finding(name, "present" if name in present else "possible", 1.0, ())
                        for name in self.states
                        if name in present or name in possible
                    ),
                )

    def _possible(
        self, condition: Condition, present: set[str], of_shares: Iterable[str]
    ) -> Iterator[tuple[str, ...]]:
        """Yield the patterns that have to be possible for a condition to hold: none or one."""
        if condition.pattern_possible is None:
            yield ()
            return
        for name, state in self.states.items():
            free = name not in present and name not in of_shares and state in ("present", "possible")
            if (
                self.is_open
                and free
                and (not condition.pattern_possible or name in condition.pattern_possible)
            ):
                yield (name,)


def _one_of(value: str | None, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or value in wanted


def _chosen(condition: Condition, can_be: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the smallest groups of patterns that, if they are present, meet a condition's tests of them."""
    named = condition.pattern_present
    size = max(condition.patterns_present_at_least or 0, int(named is not None))
    for group in combinations(can_be, size):
        if not named or set(group).intersection(named):
            yield group


# --- layers ---------------------------------------------------------------------------------------


def _layers_asked(instrument: Instrument, form: Form) -> tuple[str, ...]:
    return tuple(dict.fromkeys(instrument.layer_of[name].id for name in instrument.asked(form.id)))


def _layers(instrument: Instrument, asked: Sequence[str]) -> Iterator[dict[str, float]]:
    """Yield means of these layers: for each set of tests of layers that can hold together, the highest.

    Of the layers that no test names the lightest may be low, and the others stand at one height.
    """
    conditions = [condition for rule in instrument.rules for condition in rule.any]
    tests = [each for each in conditions if _tests_layers(each)]
    weight = {layer.id: layer.weight for layer in instrument.layers}
    named = [name for name in asked if any(name in _names(each) for each in tests)]
    others = sorted((name for name in asked if name not in named), key=lambda name: (weight[name], name))
    groups = [[name] for name in [*named, *others[:1]]] + [others[1:]] * (len(others) > 1)
    weights = [sum(weight[name] for name in group) for group in groups]
    heights = _heights(tests)
    power = instrument.constants.power
    best: dict[tuple[bool, ...], tuple[float, dict[str, float]]] = {}
    for values in product(heights, repeat=len(groups)):
        means = {name: value for group, value in zip(groups, values, strict=True) for name in group}
        kind = tuple(_layers_hold(each, means) for each in tests)
        whole = sum(share * value**power for share, value in zip(weights, values, strict=True))
        if kind not in best or best[kind][0] < whole:
            best[kind] = whole, means
    yield from (means for _, means in best.values())


def _heights(tests: Sequence[Condition]) -> list[float]:
    """Return the means at which a test of layers turns, the highest first."""
    edges = {100.0}
    steps = {0.0}
    for each in tests:
        if each.any_layer_below is not None:
            edges |= {each.any_layer_below, each.any_layer_below - _HAIR}
        for test in (each.layer_lowest, each.layer_below):
            steps |= {abs(test.by), abs(test.by) + _HAIR * (test.by <= 0)} if test else set()
    sums = {one + other for one in steps for other in steps}
    return sorted({edge - step for edge in edges for step in sums if 0 <= edge - step <= 100}, reverse=True)


def _tests_layers(condition: Condition) -> bool:
    return any((condition.layer_lowest, condition.layer_below, condition.any_layer_below is not None))


def _names(condition: Condition) -> set[str]:
    lowest, below = condition.layer_lowest, condition.layer_below
    return ({lowest.layer} if lowest else set()) | ({below.layer, below.than} if below else set())


def _layers_hold(condition: Condition, means: Mapping[str, float]) -> bool:
    """Do the tests of layers in a condition hold for these means?"""
    if lowest := condition.layer_lowest:
        mean = means.get(lowest.layer)
        others = [each for name, each in means.items() if name != lowest.layer]
        if mean is None or not others or min(others) - mean < lowest.by:
            return False
    if below := condition.layer_below:
        both = below.layer in means and below.than in means
        if not both or means[below.than] - means[below.layer] < below.by:
            return False
    limit = condition.any_layer_below
    return limit is None or (bool(means) and min(means.values()) < limit)
