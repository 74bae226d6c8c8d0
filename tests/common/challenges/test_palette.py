import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from common.challenges.palette import (
    DAVIS_PALETTE,
    check_chunks,
    decode_ids,
    encode_mask,
    read_header,
)
from common.core.errors import InputError
from tests.common.challenges.mask_files import disks, picture

MASK = disks(20, 30, (1, 2, 250))
masks = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40))


def decode(data: bytes) -> np.ndarray:
    return decode_ids(data, read_header(data, "x"), "x")


def test_the_palette_begins_as_the_official_one():
    first = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128)]
    first += [(0, 128, 128), (128, 128, 128), (64, 0, 0), (192, 0, 0), (64, 128, 0), (192, 128, 0)]
    assert [tuple(DAVIS_PALETTE[3 * k : 3 * k + 3]) for k in range(12)] == first
    assert len(DAVIS_PALETTE) == 768 and DAVIS_PALETTE[-3:] == bytes([224, 224, 192])


@given(masks)
def test_a_mask_reads_back_here_and_in_pillow(mask):
    data = encode_mask(mask)
    check_chunks(data, "x")
    assert np.array_equal(decode(data), mask)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "P" and np.array_equal(np.asarray(image), mask)
        assert bytes(image.getpalette()) == DAVIS_PALETTE


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_few_bits_are_read(bits):
    mask = MASK & ((1 << bits) - 1)
    data = picture(mask, "P", palette=DAVIS_PALETTE[: 3 << bits], bits=bits)
    assert read_header(data, "x").bit_depth == bits
    assert np.array_equal(decode(data), mask)


def _filtered(mask: np.ndarray) -> bytes:
    """The same picture with each row stored as the difference from the row above."""
    data = encode_mask(mask)
    before, after = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    rows = np.full((mask.shape[0], mask.shape[1] + 1), 2, np.uint8)
    rows[:, 1:] = np.diff(mask, axis=0, prepend=np.zeros_like(mask[:1]))
    body = b"IDAT" + zlib.compress(rows.tobytes())
    chunk = struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))
    return data[:before] + chunk + data[after:]


def test_rows_stored_as_differences_are_read():
    assert np.array_equal(decode(_filtered(MASK)), MASK)


def test_values_are_those_that_the_official_reader_sees():
    assert np.array_equal(decode(picture(MASK)), MASK)
    assert np.array_equal(decode(picture(MASK > 0)), MASK > 0)
    wide = MASK.astype(np.uint16)
    assert np.array_equal(decode(picture(wide)), MASK)
    assert decode(picture(wide + 1000)).min() == 255


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_colour_is_refused_with_its_kind(mode):
    with pytest.raises(
        InputError, match=r"8-bit (RGB|RGBA|greyscale with alpha) picture"
    ) as caught:
        decode(picture(MASK, mode))
    assert caught.value.rule == "mask.colour"


def test_a_huge_picture_is_refused_by_its_header():
    data = bytearray(encode_mask(MASK))
    data[16:20] = struct.pack(">L", 12_000)
    with pytest.raises(InputError, match="12000x20 pixels") as caught:
        read_header(bytes(data), "x")
    assert caught.value.rule == "mask.side"


def test_a_bomb_inside_a_small_picture_is_read_up_to_its_size():
    body = b"IDAT" + zlib.compress(bytes(200_000_000), 9)
    data = encode_mask(MASK)
    before, after = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
    chunk = struct.pack(">L", len(body) - 4) + body + struct.pack(">L", zlib.crc32(body))
    ids = decode(data[:before] + chunk + data[after:])
    assert ids.shape == MASK.shape and not ids.any()


def test_every_cut_is_noticed():
    data = encode_mask(MASK)
    for length in range(len(data)):
        with pytest.raises(InputError) as caught:
            read_header(data[:length], "x")
            check_chunks(data[:length], "x")
        assert caught.value.rule in ("mask.png", "mask.damaged")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_read(data):
    source = data.draw(st.sampled_from([encode_mask(MASK), _filtered(MASK), picture(MASK)]))
    spoiled = bytearray(source)
    at = data.draw(st.integers(0, len(spoiled) - 1))
    spoiled[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InputError):
        header = read_header(bytes(spoiled), "x")
        check_chunks(bytes(spoiled), "x")
        assert header is None
    try:
        ids = decode(bytes(spoiled))
    except InputError:
        return
    assert ids.dtype == np.uint8 and ids.ndim == 2
