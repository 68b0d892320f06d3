"""The YAML loader: values that are what they look like, line numbers, and every way a file can be wrong."""

import time

import pytest
import yaml

import synthvision.core.yaml_file as yaml_file
from synthvision.core.errors import ConfigError
from synthvision.core.yaml_file import dump_yaml, load_yaml, parse_yaml, plain_scalar


@pytest.fixture(params=["c", "python"], autouse=True)
def _parser(request, monkeypatch):
    """Both parsers of PyYAML must give the same data and the same lines."""
    loader = yaml.CSafeLoader if request.param == "c" else yaml.SafeLoader
    monkeypatch.setattr(yaml_file, "_LOADER", loader)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e5", 100000.0),
        ("1e-3", 0.001),
        ("-1.5E+2", -150.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+7", 7),
        ("-0", 0),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("007", "007"),
        ("010", "010"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ("0b11", "0b11"),
        ("e5", "e5"),
        ("1e", "1e"),
    ],
)
def test_a_scalar_is_what_it_looks_like(text, value):
    found = parse_yaml(f"key: {text}\n", "f.yaml").data["key"]
    assert found == value
    assert type(found) is type(value)


def test_quoted_text_and_keys_stay_text():
    data = parse_yaml("a: '1e5'\nb: \"true\"\nno: 1\n5: x\n~: y\ntrue: z\nc: |\n  3\n", "f.yaml").data
    assert data == {"a": "1e5", "b": "true", "no": 1, "5": "x", "~": "y", "true": "z", "c": "3\n"}


def test_every_value_has_the_line_of_its_key():
    document = parse_yaml("# top\na:\n  b: [1,\n      2]\n  c:\n\n  d: x\nlist:\n  - p: 1\n  - q: 2\n", "f.yaml")
    lines = document.lines
    assert lines[("a",)] == 2
    assert lines[("a", "b")] == 3
    assert lines[("a", "b", 0)] == 3
    assert lines[("a", "b", 1)] == 4
    assert lines[("a", "c")] == 5
    assert lines[("a", "d")] == 7
    assert lines[("list", 1, "q")] == 10
    assert document.line(("a", "b", 7, "deeper")) == 3
    assert document.line(("nowhere",)) == 2


def test_aliases_work_and_do_not_share_their_data():
    data = parse_yaml("a: &x {k: [1]}\nb: *x\n", "f.yaml").data
    data["a"]["k"].append(2)
    assert data["b"] == {"k": [1]}


BAD = [
    ("a: 1\nb:\n\tc: 2\n", 3, "", "indent with spaces, got a tab"),
    ("a: [1, 2\nb: 3\n", 2, "", "must be valid YAML"),
    ("a: b: c\n", 1, "", "mapping values are not allowed"),
    ("a: 'x\n", None, "", "must be valid YAML"),
    ("a: 1\n  b: 2\n", 2, "", "must be valid YAML"),
    ("a: @x\n", 1, "", "cannot start with '@'"),
    ("a: 1\nb: \x07\n", 2, "", r"U\+0007 is not allowed"),
    ("", None, "", "is empty"),
    ("# nothing\n", None, "", "is empty"),
    ("a: 1\n---\nb: 2\n", 2, "", "one YAML document"),
    ("a: 1\nb: 2\na: 3\n", 3, "a", "given twice, first on line 1"),
    ("x:\n  - k: 1\n    k: 2\n", 3, "x.0.k", "given twice, first on line 2"),
    ("a: {<<: {b: 1}}\n", 1, "a.<<", "merge keys are not supported"),
    ("a: !!python/object/apply:os.system ['x']\n", 1, "a", "tags are not supported"),
    ("a: !!str 5\n", 1, "a", "tags are not supported"),
    ("? [1, 2]\n: 3\n", 1, "", "a key must be text, got a list or a block"),
    ("'': 1\n", 1, "", "a key must be text, got nothing"),
    ("a: .inf\n", 1, "a", "must be finite, got .inf"),
    ("a: .NaN\n", 1, "a", "must be finite"),
    ("a: 1e999\n", 1, "a", "must be finite"),
    ("a: 1" + "0" * 50 + "\n", 1, "a", "at most 40 digits"),
    ("a: *nothing\n", 1, "", r"alias \*nothing has no anchor"),
    ("a: &a [*a]\n", 1, "", "stands inside what it stands for"),
    ("a: \ud800\n", None, "", "half of a surrogate pair"),
]


@pytest.mark.parametrize(("text", "line", "key_path", "match"), BAD)
def test_a_bad_file_gives_one_line_with_its_place(text, line, key_path, match):
    with pytest.raises(ConfigError, match=match) as caught:
        parse_yaml(text, "f.yaml")
    (problem,) = caught.value.problems
    assert problem.file == "f.yaml"
    assert problem.key_path == key_path
    if line is not None:
        assert problem.line == line
    assert "\n" not in str(problem)


def test_faults_that_leave_the_rest_readable_are_listed_together():
    with pytest.raises(ConfigError) as caught:
        parse_yaml("a: 1\nb: .inf\na: 2\nc: !x 1\n", "f.yaml")
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]


@pytest.mark.parametrize("text", ["a: " + "[" * 5000, "a: " + "{x: " * 5000, "- " * 5000 + "x"])
def test_deep_nesting_is_refused(text):
    with pytest.raises(ConfigError, match="at most 50 deep"):
        parse_yaml(text, "f.yaml")


def test_an_alias_bomb_is_refused_in_no_time():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    start = time.perf_counter()
    with pytest.raises(ConfigError, match="200,000 values"):
        parse_yaml("\n".join(lines), "bomb.yaml")
    assert time.perf_counter() - start < 2


def test_nesting_through_aliases_counts_as_depth():
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 60)]
    with pytest.raises(ConfigError, match="at most 50 deep"):
        parse_yaml("\n".join(lines), "f.yaml")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load_yaml(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="must be a YAML file, got a folder"):
        load_yaml(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: gr\u00fcn\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.yaml:2: must be UTF-8 text, got the byte 0xfc"):
        load_yaml(latin)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"a" * (16 * 2**20 + 1))
    with pytest.raises(ConfigError, match="at most 16 MiB"):
        load_yaml(large)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: two\r\n")
    document = load_yaml(path, name="shown")
    assert document.data == {"a": 1, "b": "two"}
    assert document.name == "shown"
    assert document.lines[("b",)] == 2


def test_dumped_text_reads_back_as_text():
    texts = ["1e5", "no", "true", "null", "", "007", "0x10", "a: b", "- x", "#", "'", '"', "é", "line\nline", " x "]
    data = {"texts": texts, "5": {"no": None}, "numbers": [1, -2.5, 1e-7, 1e300, 5e-324, True], "empty": [[], {}]}
    assert parse_yaml(dump_yaml(data), "f.yaml").data == data


def test_plain_scalar_refuses_what_is_not_finite():
    with pytest.raises(ValueError, match="finite"):
        plain_scalar("-.Inf")
