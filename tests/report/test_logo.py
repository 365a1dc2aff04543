"""A logo: what is taken for one, what is refused and in which words, and what is left of the file."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assessment.report import logo
from assessment.report.confined import Limits
from assessment.report.logo import LogoError, drawn_anew

RED = (200, 30, 30)
PATIENT = Limits(wall_s=60, cpu_s=30, memory_mib=768, output_mb=4)


def saved(kind: str, picture: Image.Image | None = None, **options: object) -> bytes:
    file = BytesIO()
    (picture or Image.new("RGB", (600, 200), RED)).save(file, kind, **options)
    return file.getvalue()


def taken(data: bytes) -> Image.Image:
    return Image.open(BytesIO(drawn_anew(data, limits=PATIENT)))


def near(colour: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return max(abs(a - b) for a, b in zip(colour, other, strict=True)) < 6


KINDS: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: saved("PNG"),
    "JPEG": lambda: saved("JPEG", quality=95),
    "GIF": lambda: saved("GIF"),
    "WebP": lambda: saved("WEBP", lossless=True),
    "four inks": lambda: saved("JPEG", Image.new("RGB", (600, 200), RED).convert("CMYK"), quality=95),
    "16 bits": lambda: saved("PNG", Image.new("I;16", (600, 200), 0x8000)),
    "grey with holes": lambda: saved("PNG", Image.new("LA", (600, 200), (0, 128))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_each_kind_is_drawn_anew_as_a_png_without_anything_beside_it(kind: str) -> None:
    found = taken(KINDS[kind]())

    assert (found.format, found.mode, found.size, found.info) == ("PNG", "RGB", (600, 200), {})
    grey = kind in ("16 bits", "grey with holes")
    assert near(found.getpixel((300, 100)), (127, 127, 127) if grey else RED)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (100, 40), (0, 0, 0, 0))
    clear.paste((*RED, 255), (0, 0, 50, 40))

    found = taken(saved("PNG", clear))

    assert (found.getpixel((10, 20)), found.getpixel((90, 20))) == (RED, (255, 255, 255))


def test_what_a_camera_noted_turns_the_picture_and_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # it was held upright
    exif[0x010E] = "who took it"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)  # and where
    text = PngInfo()
    text.add_text("Author", "who drew it")

    turned = drawn_anew(saved("JPEG", exif=exif), limits=PATIENT)
    noted = drawn_anew(saved("PNG", pnginfo=text, exif=exif), limits=PATIENT)

    assert Image.open(BytesIO(turned)).size == (133, 400)
    assert not any(word in turned + noted for word in (b"who", b"eXIf", b"Exif", b"tEXt"))


def test_a_large_picture_is_made_as_large_as_a_cover_shows() -> None:
    assert taken(saved("PNG", Image.new("RGB", (4000, 3000)))).size == (533, 400)


def bomb(side: int) -> bytes:
    """Return a small file that says it is a picture of so many pixels each way, and holds them."""
    line = b"\0" + bytes(side // 8)
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(line) for _ in range(side)) + packed.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def moving(kind: str) -> bytes:
    return saved(kind, save_all=True, append_images=[Image.new("RGB", (600, 200))])


def with_a_bomb_of_text() -> bytes:
    """Return a small PNG in which a text of 200 MB is packed."""
    whole, body = saved("PNG"), b"note\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return whole[:33] + chunk + whole[33:]


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "no picture that can be read"),
    "words": (lambda: b"GIF89a, or so it says", "no picture that can be read"),
    "SVG": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "no picture that can be read",
    ),
    "PDF": (lambda: b"%PDF-1.7", "no picture that can be read"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture"),
    "TIFF": (lambda: saved("TIFF"), "no picture that can be read"),
    "half a file": (lambda: saved("PNG", Image.effect_noise((300, 300), 90))[:9_000], "no picture"),
    "a GIF that moves": (lambda: moving("GIF"), "moves"),
    "a PNG that moves": (lambda: moving("PNG"), "moves"),
    "a WebP that moves": (lambda: moving("WEBP"), "moves"),
    "many pixels in a small file": (lambda: bomb(20_000), "too many pixels"),
    "more pixels than fit": (lambda: bomb(4_000), "too many pixels"),
    "one long line": (lambda: saved("PNG", Image.new("1", (9_000, 20))), "too many pixels"),
    "much text in a small file": (with_a_bomb_of_text, "no picture that can be read"),
    "a dot": (lambda: saved("PNG", Image.new("RGB", (15, 400))), "too small"),
    "a large file": (lambda: saved("BMP", Image.new("RGB", (700, 700))), "larger than 1,000 kB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_logo_is_refused_in_words(name: str) -> None:
    make, words = REFUSED[name]
    data = make()
    assert len(data) < 1_500_000

    with pytest.raises(LogoError, match=words):
        drawn_anew(data, limits=PATIENT)


CONFINED = (
    "import os, sys; from pathlib import Path; from assessment.report import confined, logo;"
    "limits = confined.Limits(*map(int, sys.argv[-1].split(',')));"
    "walls = confined.confine(limits, package=logo.ROOT / 'assessment', files=(), scratch=Path(os.devnull));"
)
MISBEHAVING = {
    "hangs": ("import signal; signal.pause()", "could not be checked in time"),
    "runs on": ("\nwhile True: pass", "no picture that can be read"),
    "falls over": ("import faulthandler; faulthandler._sigsegv()", "no picture that can be read"),
    "eats memory": ("x = [bytes(2**20) for _ in range(2**12)]", "no picture that can be read"),
    "writes without end": ("\nwhile True: os.write(1, b'\\x89PNG' * 2**18)", "no picture that can be read"),
    "reads what is not its own": ("print(open('/etc/passwd').read())", "no picture that can be read"),
    "reaches for the network": ("import socket; socket.create_connection(('127.0.0.1', 9))", "no picture"),
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_a_child_that_misbehaves_ends_and_the_file_is_refused(name: str) -> None:
    body, words = MISBEHAVING[name]
    limits = Limits(wall_s=2 if name == "hangs" else 60, cpu_s=1, memory_mib=400, output_mb=2)

    with pytest.raises(LogoError, match=words):
        drawn_anew(saved("PNG"), limits=limits, program=(sys.executable, "-c", CONFINED + body))


def test_the_words_name_every_kind_that_is_taken() -> None:
    with pytest.raises(LogoError) as refused:
        drawn_anew(b"", limits=PATIENT)

    assert all(kind.lower() in str(refused.value).lower() for kind in logo.KINDS)
