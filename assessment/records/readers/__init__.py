"""One module a system. `READERS` is the order in which a file is offered to them: the particular first."""

from __future__ import annotations

from collections.abc import Sequence

from assessment.records.documents import is_empty_list
from assessment.records.people import People
from assessment.records.readers import (
    azure,
    generic,
    git,
    github,
    gitlab,
    gitlab_csv,
    jira,
    jira_json,
    linear,
    xes,
)
from assessment.records.source import File, Limits, Options, Reader, RecordsError, Source
from assessment.records.text import head_of

READERS: tuple[Reader, ...] = (
    github,
    gitlab,
    jira_json,
    git,
    xes,
    jira,
    linear,
    azure,
    gitlab_csv,
    generic,
)


def opened(
    files: Sequence[File], preset: str, options: Options, people: People, limits: Limits
) -> list[Source]:
    """Return each file as a source, by the reader that recognises it.

    `preset` is the name of a reader, "" for any; a reader "x" takes with it every "x-…", so that "jira" reads
    both a table and a document of Jira. Raises RecordsError.
    """
    among = _named(preset)
    heads = [_head(file, limits) for file in files]
    found = [
        next((reader for reader in among if reader.recognises(file.name, head)), None)
        for file, head in zip(files, heads, strict=True)
    ]
    # What is empty is taken for what stands beside it: a repository without issues has pull requests.
    beside = next((reader for reader in found if reader is not None), among[0] if preset else None)
    sources = []
    for file, head, reader in zip(files, heads, found, strict=True):
        if reader is None and is_empty_list(head):
            reader = beside
        if reader is None:
            raise _unknown(file, head, preset, among)
        sources.append(reader.open_source(file, options, people, limits))
    github.together(sources)
    gitlab.together(sources)
    return sources


def _named(preset: str) -> tuple[Reader, ...]:
    among = (
        tuple(one for one in READERS if one.NAME == preset or one.NAME.startswith(f"{preset}-"))
        if preset
        else READERS
    )
    if not among:
        names = ", ".join(reader.NAME for reader in READERS)
        raise RecordsError("The preset", f"{preset[:40]!r} is not known", f"known are: {names}")
    return among


def _head(file: File, limits: Limits) -> str:
    if limits.bytes is not None and file.size > limits.bytes:
        raise RecordsError(
            file.name,
            f"it has {file.size:,} bytes, and {limits.bytes:,} is the most",
            "export a shorter time, or use the local reader, which has no such limit",
        )
    return head_of(file)


def _unknown(file: File, head: str, preset: str, among: Sequence[Reader]) -> RecordsError:
    titles = ", ".join(dict.fromkeys(reader.TITLE for reader in among))
    if not head.strip("\ufeff \t\r\n"):
        return RecordsError(file.name, "the file is empty", "export it again")
    if is_empty_list(head):
        fault = "it is an empty list, so nothing tells which system wrote it"
    else:
        fault = f"it is no export of {titles}" if preset else "no reader knows its shape"
    return RecordsError(file.name, fault, f"what is read: {titles}; each tells how its file is made")
