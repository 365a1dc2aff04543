"""Where things stand in a TOML text: the line of every key, whatever way it is written."""

from pathlib import Path

import pytest

from assessment.content.files.located import ContentError, Fault, leaves, parse_toml, read_toml

ROOT = Path(__file__).parents[3]

EVERYTHING = (
    r"""# a comment = "with a key"
title = "one"  # and [brackets]
"quoted key" = 'literal \ text'
dotted.inner . deep = 1
when = 1979-05-27 07:32:00

text = '''
[not.a.table]
x = 1'''
more = "\"quoted\" # no comment"
escaped = """
    + '"""'
    + r"""
two \""" ="""
    + ' ""two""  """"'
    + r"""
list = [ # a comment ] in a list
  1,
  [2, 3],
  { a = 1, b = [4,
    5] }, # 17
]
point = { x = 1, y.z = 2, "w v" = "}," }

[tables.one]
key = 1

[[things]]
name = "first"

  [[things.parts]]
  name = "a"

  [[things.parts]]
  name = "b"
  [things.parts.table]
  x = 0

[[things]]
name = "second"
[[things.parts]]
name = "c"
"""
)


@pytest.fixture(scope="module")
def locate():
    return parse_toml(EVERYTHING, "everything.toml")[1]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("title",), "title ="),
        (("quoted key",), '"quoted key"'),
        (("dotted", "inner", "deep"), "dotted.inner"),
        (("dotted",), "dotted.inner"),
        (("when",), "when ="),
        (("text",), "text ="),
        (("more",), "more ="),
        (("escaped",), "escaped ="),
        (("list",), "list ="),
        (("list", 0), "  1,"),
        (("list", 1, 1), "  [2, 3]"),
        (("list", 2, "b"), "  { a ="),
        (("list", 2, "b", 1), "    5]"),
        (("point", "y", "z"), "point ="),
        (("point", "w v"), "point ="),
        (("tables",), "[tables.one]"),
        (("tables", "one", "key"), "key = 1"),
        (("things", 0, "name"), 'name = "first"'),
        (("things", 0, "parts", 0, "name"), '  name = "a"'),
        (("things", 0, "parts", 1, "name"), '  name = "b"'),
        (("things", 0, "parts", 1, "table", "x"), "  x = 0"),
        (("things", 1, "name"), 'name = "second"'),
        (("things", 1, "parts", 0, "name"), 'name = "c"'),
    ],
)
def test_a_key_path_has_the_line_on_which_it_is_written(locate, path, key):
    line = EVERYTHING.split("\n")[locate(path) - 1]

    assert line.startswith(key)


def test_what_is_not_there_has_the_line_of_its_nearest_parent(locate):
    assert locate(("things", 1, "parts", 0, "size", "unit")) == locate(("things", 1, "parts", 0))
    assert locate(("nowhere", 3)) == 1


def test_lines_are_counted_from_where_the_text_stands_in_its_file():
    _, locate = parse_toml("title = 1\nother = 2\n", "page.md", first_line=2)

    assert (locate(("title",)), locate(("other",)), locate(("none",))) == (2, 3, 2)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_newlines_of_either_kind_count_once(newline):
    _, locate = parse_toml(newline.join(["a = 1", "", "[[b]]", "c = [1,", "2]"]), "x.toml")

    assert locate(("b", 0, "c", 1)) == 5


@pytest.mark.parametrize(
    "path", sorted((ROOT / "content" / "instruments").rglob("*.toml")), ids=lambda path: path.name
)
def test_every_value_of_the_instruments_is_found_on_a_line_that_names_its_key(path):
    data, locate = read_toml(path)
    lines = path.read_text("utf-8").split("\n")

    for place, value in leaves(data):
        if isinstance(place[-1], str):
            assert place[-1] in lines[locate(place) - 1]
        elif isinstance(value, str):
            assert value in lines[locate(place) - 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = = 2\n", "x.toml:2: not TOML: invalid value at column 5"),
        ("a = 1\na = 2\n", "x.toml:2: not TOML: cannot overwrite a value at column 6"),
        ("a = 1\nb = [1,\n\n", "x.toml:2: not TOML: invalid value at the end of the file"),
    ],
)
def test_a_syntax_error_is_told_with_its_line(text, said):
    with pytest.raises(ContentError) as raised:
        parse_toml(text, "x.toml")

    assert str(raised.value) == f"{said}; correct the line, or the one above it"


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ContentError, match=r"none\.toml:1: cannot be read: No such file"):
        read_toml(tmp_path / "none.toml")


def test_faults_are_told_one_to_a_line():
    error = ContentError([Fault("a", 1, "is wrong", "mend it"), Fault("b", 2, "is missing", "add it")])

    assert str(error) == "a:1: is wrong; mend it\nb:2: is missing; add it"
