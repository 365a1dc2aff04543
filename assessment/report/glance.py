"""The first page: what was found in one look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessment.core.method import Reading
from assessment.report import figures, parts
from assessment.report.reader import MEANINGS, Reader
from assessment.report.words import count, listed, lowered, opened, percent, spelled, sure, unparted

FINDINGS = 3


def title(reader: Reader) -> str:
    """Return the finding of the whole as one sentence of counts."""
    n, sound = reader.marks.n, reader.marks.sound
    checks = reader.checks()
    if n == 0:
        return "Nothing was checked."
    if n == 1:
        could = (
            "could not be verified" if reader.marks.unverified else "held up" if sound else "did not hold up"
        )
        return f"The one check {could}."
    if reader.marks.unverified == n:
        return f"Of {n} {checks}, none could be verified."
    if reader.recalled() == n:
        counted = f"Of {n} checks, all from memory, {sound or 'none'}" if sound < n else f"All {n} checks"
        return f"{counted} are said to hold up."
    if sound == n:
        return f"All {n} {checks} held up."
    return f"Of {n} {checks}, {sound or 'none'} held up."


def lede(reader: Reader) -> Iterator[str]:
    """Yield what follows the title: the rest of the counts, and what an auditor would sign."""
    yield from remainder(reader)
    yield from left_out(reader)
    awarded = reader.result["bands"]["awarded"]
    if reader.form.from_memory:
        yield reader.form.limit
    elif not reader.passed:
        yield "That is too little for a figure of the whole: this report is an evidence map only."
    elif awarded:
        yield next(band.sentence for band in reader.instrument.constants.bands if band.id == awarded)
        lowest = reader.instrument.constants.confidence.levels[-1]
        if reader.result["confidence"]["grade"] == lowest:
            yield f"Confidence in that is {lowered(lowest)}."


def left_out(reader: Reader) -> Iterator[str]:
    """Yield how many indicators were not answered although they apply: whoever chooses them can flatter."""
    blank = [name for name, seen in reader.seen.items() if seen.state == "not-answered"]
    if blank and reader.passed:
        few = f"{opened(spelled(len(blank)))} of {len(reader.asked)} indicators"
        yield f"{few} {'was' if len(blank) == 1 else 'were'} left out, which may flatter the figures."


def remainder(reader: Reader) -> Iterator[str]:
    """Yield what became of the checks that the title does not name."""
    n, failing, unverified = reader.marks.n, reader.marks.failing, reader.marks.unverified
    if n < 2 or unverified == n:
        return
    said = f"{spelled(failing)} {'is' if failing == 1 else 'are'} said to have failed"
    if failing and unverified and reader.recalled() == n:
        yield opened(f"{said}, and for {spelled(unverified)} there was no answer.")
    elif failing and unverified:
        yield opened(f"{spelled(failing)} did not, and {spelled(unverified)} could not be verified.")
    elif failing and reader.recalled() == n:
        yield opened(f"{said}. Nothing was opened.")
    elif failing and failing == reader.spread_within_target():
        yield (
            f"The other {spelled(failing)} are the work of whoever completed most, "
            "no more than the target allows."
        )
    elif failing and reader.share_opened() == 1:
        yield opened(f"{spelled(failing)} did not; every one could be verified.")
    elif failing:
        yield opened(f"{spelled(failing)} did not.")
    elif unverified:
        yield f"None failed, and {spelled(unverified)} could not be verified."


def marks_sentence(reader: Reader) -> str:
    """Return the counts of the whole with their shares, and how they were made."""
    n = reader.marks.n
    if n == 0:
        return "No checks were made."
    outcomes = (
        (reader.marks.sound, "sound"),
        (reader.marks.failing, "failing"),
        (reader.marks.unverified, "could not be verified"),
    )
    shares = listed([f"{number} {words} ({percent(number / n)})" for number, words in outcomes])
    return f"{opened(count(n, 'check'))}: {shares}. {provenance(reader)}".strip()


def provenance(reader: Reader) -> str:
    """Return how what was verified was seen, where the title does not say it."""
    n = reader.marks.n
    is_said = reader.share_opened() == 1 and reader.marks_at("E4") in (0, n)
    if n == 0 or is_said or reader.form.from_memory:
        return ""
    meaning = {each.id: each.name for each in reader.instrument.grades}
    counted = [
        f"{seen} at {grade} ({lowered(meaning[grade])})"
        for grade in ("E4", "E3", "E2", "E1")
        if (seen := reader.seen_at(grade))
    ]
    told = n - reader.marks.unverified
    return f"Of the {count(told, 'yes-or-no answer')}, {listed(counted)}." if counted else ""


def told_reading(reader: Reader, reading: Reading) -> parts.Reading:
    """Return one reading of the whole, with the reason where it is withheld."""
    name, meaning = MEANINGS[reading]
    figure = reader.figure(reading, "composite")
    return parts.Reading(reading, name, meaning, figure, "" if figure else withheld(reader))


def withheld(reader: Reader) -> str:
    """Return why a reading has no figure although the others have."""
    observed = reader.answers["observations"].values()
    recalled = sum(each["grade"] == "E1" for each in observed)
    return f"Withheld: {recalled} of {count(len(observed), 'indicator')} were answered from memory."


def gap(reader: Reader, shown: parts.Range | None, claimed: parts.Range | None) -> parts.Gap | None:
    """Return how far Claimed stands above Shown, as the difference of the two printed figures."""
    if shown is None or claimed is None:
        return None
    limits = reader.instrument.constants.claim_gap
    points = claimed.value - shown.value
    exact = claimed.mean - shown.mean
    apart = f"Claimed stands {count(points, 'point')} above Shown"
    if points == 0:
        return parts.Gap(0, "Claimed and Shown round to the same figure: next to nothing is taken on trust.")
    if exact < limits.small:
        return parts.Gap(points, f"{apart}: a small gap.")
    if exact <= limits.large:
        return parts.Gap(points, f"{apart}: some of this is taken on trust.")
    return parts.Gap(
        points,
        f"{apart}: much of your picture has not been shown, which is not the same as missing work.",
    )


def most_likely(reader: Reader) -> str:
    """Return the most likely level with its probability, "" where Likely is withheld."""
    found = reader.result["bands"]["most_likely"]
    if not found["band"]:
        return ""
    word = next(band.word for band in reader.instrument.constants.bands if band.id == found["band"])
    return f"The most likely level is “{word}”, with a probability of {sure(found['probability'])}."


def scale(
    reader: Reader, shown: parts.Range | None, likely: parts.Range | None, claimed: parts.Range | None
) -> figures.Figure:
    """Return the three readings on one scale."""
    return figures.readings_scale(
        shown=shown.mean if shown else None,
        likely=likely.span if likely else None,
        claimed=claimed.mean if claimed else None,
        cuts=reader.cuts(),
        interval=reader.instrument.constants.interval,
        estimates=not reader.form.from_memory,
    )


def told_confidence(reader: Reader) -> parts.Confidence | None:
    """Return the confidence in the whole with its reasons, None where there is no figure to trust."""
    confidence = reader.result["confidence"]
    if not confidence["grade"]:
        return None
    grade, reasons = str(confidence["grade"]), tuple(map(unparted, confidence["reasons"]))
    sentence = f"Confidence: {lowered(grade)}."
    return parts.Confidence(grade, reasons, sentence)


def weighing_most(
    reader: Reader,
    patterns: parts.Patterns,
    fix: Sequence[parts.Advice],
    verify: Sequence[parts.Advice],
) -> tuple[parts.Finding, ...]:
    """Return what weighs most: patterns present, then possible, then what to fix first.

    From memory nothing can be weighed: then it is what was said.
    """
    if reader.form.from_memory:
        return tuple(
            parts.Finding(each.name, reader.said(each), "", (), f"indicator-{each.id}")
            for each in reader.asked.values()
        )
    if not reader.weighs:
        return tuple(_finding_of(each) for each in verify[:FINDINGS])
    named = (*patterns.present, *patterns.possible)[:FINDINGS]
    findings = [
        parts.Finding(each.name, each.state, each.meaning, each.seen, f"pattern-{each.id}", each.page)
        for each in named
    ]
    # What already stands under a pattern is not told a second time.
    used = {seen.id for each in named for seen in each.seen}
    findings += [_finding_of(each) for each in fix if each.seen.id not in used]
    return tuple(findings[:FINDINGS])


def _finding_of(advice: parts.Advice) -> parts.Finding:
    seen = advice.seen
    return parts.Finding(seen.heading, "", "", (seen,), f"indicator-{seen.id}")
