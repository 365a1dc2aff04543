"""A logo that somebody uploaded, checked and drawn anew as a PNG, by a child process that can hurt nothing.

What is sent as a picture is read by a library of machine code, so that happens behind the limits and walls
of `report.confined`, and never in the process that serves pages. Of the file nothing is kept but what is
seen: the child draws it anew, on white, without what cameras and programs write beside a picture.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from assessment.report import confined
from assessment.report.confined import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = (sys.executable, "-s", "-m", "assessment.report.logo")
LIMITS = Limits(wall_s=10, cpu_s=4, memory_mib=768, output_mb=4)

KINDS = ("PNG", "JPEG", "GIF", "WEBP")
LARGEST_KB = 1_000
MOST_PIXELS = 12_000_000  # what a telephone takes
SMALLEST, LONGEST = 16, 8_000  # pixels of a side
WIDTH, HEIGHT = 1_000, 400  # what it is drawn within: more than a printer shows on a cover
AT_ONCE = 2

# Exit codes of the child; the words are the parent's.
_UNREADABLE, _LARGE, _SMALL, _MOVING = 64, 65, 66, 67
_WORDS = {
    _UNREADABLE: "This is no picture that can be read. Choose a PNG, JPEG, GIF or WebP file.",
    _LARGE: (
        f"This picture has too many pixels: at most {MOST_PIXELS // 1_000_000} million, and {LONGEST:,} in a "
        "line. Save it smaller."
    ),
    _SMALL: f"This picture is too small to print: it needs at least {SMALLEST} pixels each way.",
    _MOVING: "This picture moves, and paper does not. Choose one that stands still.",
}
_NOT_NOW = "The picture could not be checked in time. Choose it again and send it once more."

_turns = threading.BoundedSemaphore(AT_ONCE)


class LogoError(ValueError):
    """This is not taken for a logo; the words say why, to whoever chose it."""


def drawn_anew(data: bytes, *, limits: Limits = LIMITS, program: Sequence[str] = PROGRAM) -> bytes:
    """Return a picture as a PNG, RGB on white, at most 1,000 by 400 pixels. Raises LogoError.

    Takes a fifth of a second. `program` is the child, which tests replace by one that misbehaves.
    """
    if len(data) > LARGEST_KB * 1_000:
        raise LogoError(f"This file is larger than {LARGEST_KB:,} kB. Save the picture smaller.")
    if not _turns.acquire(timeout=limits.wall_s):
        raise LogoError(_NOT_NOW)
    try:
        code, made = _outcome(data, limits, program)
    finally:
        _turns.release()
    if code == 0 and made.startswith(b"\x89PNG"):
        return made
    # A file at which the library fell over, ran on or grew is none that anybody would print.
    raise LogoError(_WORDS.get(code, _NOT_NOW if code == -signal.SIGALRM else _WORDS[_UNREADABLE]))


def _outcome(data: bytes, limits: Limits, program: Sequence[str]) -> tuple[int, bytes]:
    """Return the exit code of the child (negative: a signal), and what it wrote."""
    # Files, not pipes: what the child writes has the size that its limits allow.
    with tempfile.TemporaryFile() as sent, tempfile.TemporaryFile() as made:
        sent.write(data)
        sent.seek(0)
        code = confined.run(program, limits, given=sent, made=made, cwd=ROOT)
        made.seek(0)
        return code, made.read()


# --- in the child -------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> int:
    """Be the child: confine, read, draw, write. Return the exit code."""
    wall_s, cpu_s, memory_mib, output_mb = arguments[-1].split(",")
    limits = Limits(float(wall_s), int(cpu_s), int(memory_mib), int(output_mb))
    walls = confined.confine(limits, package=ROOT / "assessment", files=(), scratch=Path(os.devnull))
    from PIL import Image  # its parts for the kinds of files are loaded when they are first needed

    Image.preinit()
    walls.seal()
    code, made = _drawn(sys.stdin.buffer.read())
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return code


def _drawn(data: bytes) -> tuple[int, bytes]:
    """Return 0 and the picture, or the code of what is wrong with it."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(BytesIO(data), formats=KINDS)
        width, height = picture.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST:
            return _LARGE, b""
        if min(width, height) < SMALLEST:
            return _SMALL, b""
        # A photograph of some telephones holds a second one, to be seen by two eyes: it stands still.
        if picture.format != "MPO" and getattr(picture, "is_animated", False):
            return _MOVING, b""
        return 0, _as_png(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _LARGE, b""
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError):
        return _UNREADABLE, b""


def _as_png(picture: Image) -> bytes:
    """Return a picture turned upright, on white, and with nothing in the file but its pixels."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits for each pixel
        upright = upright.convert("I").point(lambda each: each * (1 / 256)).convert("L")
    upright.thumbnail((4 * WIDTH, 4 * HEIGHT))  # before what follows, which holds it several times
    clear = upright.convert("RGBA")
    clear.thumbnail((WIDTH, HEIGHT))
    sheet = Image.new("RGB", clear.size, "white")
    sheet.paste(clear, mask=clear.getchannel("A"))
    file = BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
