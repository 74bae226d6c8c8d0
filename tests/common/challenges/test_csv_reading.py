import gzip

import pytest

from common.challenges.csv_reading import read_table
from common.core.errors import InputError


def parse(row):
    return row["name"], int(row["number"])


def table(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_are_found_by_name(tmp_path):
    path = table(tmp_path, 'number,other,name\r\n1,"a, b",x\r\n2,,y\r\n')
    assert read_table(path, ["name", "number"], parse) == [("x", 1), ("y", 2)]


def test_gzip_is_read_too(tmp_path):
    path = table(tmp_path, gzip.compress(b"name,number\nx,1\n"), "table.csv.gz")
    assert read_table(path, ["name"], parse) == [("x", 1)]


def test_every_malformed_row_is_named_by_its_line(tmp_path):
    path = table(tmp_path, "name,number\nx,1\ny,one\nz\nw,2\nv,\n")
    with pytest.raises(InputError) as caught:
        read_table(path, ["name", "number"], parse)
    assert caught.value.where.endswith("line 3")
    assert "'one'" in caught.value.problem
    assert "2 more malformed rows, lines 4, 6" in caught.value.problem


def test_a_quoted_line_end_does_not_shift_the_lines(tmp_path):
    path = table(tmp_path, 'name,number\n"a\nb",1\nx,one\n')
    with pytest.raises(InputError, match="line 4"):
        read_table(path, ["name", "number"], parse)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nx\n", "no column number"),
        ("", "no column name, number"),
        (b"name,number\n\xff,1\n", "line 2: not UTF-8"),
        ('name,number\n"x,1\n', "unexpected end of data"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_table(table(tmp_path, text), ["name", "number"], parse)
