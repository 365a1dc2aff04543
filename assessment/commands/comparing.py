"""Two runs of one team beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from assessment.commands import files
from assessment.commands.files import UnusableFile

if TYPE_CHECKING:
    from assessment.core.reassessment import Comparison, Run
    from assessment.core.scoring import Estimate


@click.command()
@click.argument("earlier")
@click.argument("later")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, the same bytes for the same runs.")
def compare(earlier: str, later: str, as_json: bool) -> None:
    """Say whether a team changed between two files of answers or results."""
    from assessment.core.interchange import canonical
    from assessment.core.reassessment import NotComparableError
    from assessment.core.reassessment import compare as compared

    runs = [_run(name) for name in (earlier, later)]
    try:
        found = compared(*runs)
    except NotComparableError as error:
        raise UnusableFile(f"{earlier}, {later}: {error}") from None
    click.echo(canonical(found.document()) if as_json else "\n".join(_told(found)), nl=not as_json)


def _run(name: str) -> Run:
    """Return the run in a file of answers or of a result. Raises UnusableFile."""
    from assessment.core.interchange import MAX_BYTES, DocumentError
    from assessment.core.reassessment import read_run

    text = files.bytes_of(name, MAX_BYTES, "answers")
    try:
        return read_run(files.instruments().__getitem__, text)
    except DocumentError as error:
        raise UnusableFile(f"{name}: {error}") from None


def _told(found: Comparison) -> Iterator[str]:
    """Yield a comparison as sentences."""
    from assessment.core.words import percent
    from assessment.report.words import count, listed

    instrument, change = found.later.instrument, found.change
    asked = count(len(found.indicators), "indicator")
    yield f"{instrument.name}, version {instrument.version}: {asked} answered both times."
    yield _figure(found.earlier, found.before)
    yield _figure(found.later, found.after)
    if change.difference:
        moved, to = ("rose", "a true rise") if change.difference > 0 else ("fell", "a true fall")
        # Rounded down: what is not reliable never reads as if it were.
        sure = percent(int(1000 * change.probability) / 1000)
        needed = percent(instrument.constants.reassessment.probability)
        yield (
            f"Likely {moved} by {abs(change.difference):.1f} points (z {change.z:.3f}); the probability of "
            f"{to} is {sure}, and {needed} are needed."
        )
    yield f"That is {'a ' if change.verdict.startswith('reliable') else ''}{change.verdict}."
    yield f"A change of less than {change.detectable:.1f} points cannot be told from chance here."
    if found.left_out:
        yield f"Answered only once, and left out: {listed(list(found.left_out))}."


def _figure(run: Run, likely: Estimate) -> str:
    from assessment.report.words import span

    form = run.form.name
    return f"{span(*run.window)} ({form}): Likely {likely.mean:.1f}, standard error {likely.sd:.1f}."
