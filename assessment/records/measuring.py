"""From what the readers give to counts: which items are counted, how each is marked, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from assessment.records.measured import Count, Listed, ListWanted, Measured, ReadFile, Wanted
from assessment.records.source import Account, File, Options, Source

Progress = Callable[[int], None]
"""Is told every so often how many items were read so far, all readings together."""


def measured(
    sources: Sequence[Source],
    wanted: Sequence[Wanted] = (),
    lists: Sequence[ListWanted] = (),
    options: Options | None = None,
    *,
    files: Sequence[File],
    team_size: int,
    progress: Progress | None = None,
) -> Measured:
    """Return what some opened files answer: a count for each that is wanted, and each list.

    `files` are those that the sources were opened from, in the same order. Of a team of fewer people than
    `measures.SMALL_TEAM` no share is counted, whatever is wanted. Raises RecordsError.
    """
    options = options or Options()
    read, kinds = [], Counter[str]()
    for file, source in zip(files, sources, strict=True):
        account = Account()
        for item in source.items(account):
            kinds[item.kind] += 1
        first = account.first
        read.append(
            ReadFile(
                file.name,
                file.sha256(),
                file.size,
                account.rows,
                account.items,
                source.understood,
                tuple((why, n, first[why]) for why, n in account.dropped.items()),
                tuple((why, n, first[why]) for why, n in account.remarked.items()),
            )
        )
    done = options.done or ("task" if kinds["task"] else "change")
    counts = tuple(
        Count(
            each.name,
            each.measure,
            0,
            0,
            0,
            False,
            0,
            (),
            each.start,
            each.first,
            each.last,
            cannot="This is not counted yet.",
        )
        for each in wanted
    )
    listed = tuple(Listed(each.name, 0, (), each.start, {}) for each in lists)
    return Measured(tuple(read), (), counts, listed, None, dict(kinds), done)
