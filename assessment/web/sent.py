"""What is sent and is not taken, but read to its end."""

from __future__ import annotations

from flask import request

CHUNK = 64 * 1024


def pass_over(largest: int, *, at_most: int) -> None:
    """Read on and forget, within reason: a browser that is still sending does not look at an answer.

    `largest` is what a body may have; of one that announces more, nothing was read before.
    """
    announced = request.content_length or 0
    # What announces itself as too large was refused unread; of anything else the rest may be there.
    source = request.environ["wsgi.input"] if announced > largest else request.stream
    left = min(at_most, announced)
    while left > 0 and (read := len(source.read(min(CHUNK, left)))):
        left -= read
