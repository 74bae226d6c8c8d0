"""How many reference frames an H.264 stream allows: the one thing that its vectors do not tell."""

from __future__ import annotations

# Profiles whose parameter set describes the colour format before the fields that all have.
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SEQUENCE_PARAMETERS = 7


def reference_frames(headers: bytes) -> int | None:
    """`max_num_ref_frames` of the first sequence parameter set; None where there is none to read.

    Args:
        headers: `extradata` of the stream, as MP4 (`avcC`) or as a byte stream has it.

    Source: ITU-T H.264, 7.3.2.1.1 (syntax), 7.4.1 (emulation prevention); ISO/IEC 14496-15, 5.3.3.
    """
    unit = _parameter_set(headers)
    if unit is None:
        return None
    try:
        return _max_num_ref_frames(_Bits(unit[1:].replace(b"\0\0\3", b"\0\0")))
    except IndexError:  # cut short
        return None


def _parameter_set(headers: bytes) -> bytes | None:
    if headers[:1] == b"\1" and len(headers) > 8 and headers[5] & 31:
        length = int.from_bytes(headers[6:8], "big")
        return headers[8 : 8 + length]
    for unit in headers.split(b"\0\0\1")[1:]:
        if unit and unit[0] & 31 == _SEQUENCE_PARAMETERS:
            return unit
    return None


class _Bits:
    """Reads a bit string from its highest bit on; IndexError at its end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, n: int) -> int:
        value = 0
        for _ in range(n):
            byte, bit = divmod(self.position, 8)
            value = value << 1 | self.data[byte] >> (7 - bit) & 1
            self.position += 1
        return value

    def code(self) -> int:
        """An unsigned Exp-Golomb code; a signed one takes the same bits."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _max_num_ref_frames(bits: _Bits) -> int:
    profile = bits.take(8)
    bits.take(16)  # constraints, level
    bits.code()  # id
    if profile in _HIGH_PROFILES:
        _skip_colour(bits)
    bits.code()  # log2_max_frame_num
    order = bits.code()
    if order == 0:
        bits.code()
    elif order == 1:
        bits.take(1)
        bits.code()
        bits.code()
        for _ in range(bits.code()):
            bits.code()
    return bits.code()


def _skip_colour(bits: _Bits) -> None:
    chroma = bits.code()
    if chroma == 3:
        bits.take(1)
    bits.code()  # bit depths
    bits.code()
    bits.take(1)
    if bits.take(1):  # scaling matrices
        for index in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            code = bits.code()
            delta = (code + 1) // 2 if code % 2 else -(code // 2)
            following = (last + delta) % 256
        last = following or last
