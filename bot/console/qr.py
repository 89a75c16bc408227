"""A QR code (ISO/IEC 18004) as squares to draw: bytes, lowest error correction, versions 1 to 13 (up to 425 bytes).

Enough for the address an authenticator app reads from a screen. Belongs here: the code. Does not: what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

#: Error correction bytes of a block, and blocks, by version (level L).
_CORRECTION = (0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26)
_BLOCKS = (0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4)
_LONGEST = len(_BLOCKS) - 1
_LEVEL = 1  # how level L is written in the format
Grid = list[list[bool]]


class TooLong(ValueError):
    """More text than the largest version here holds."""


def picture(text: str) -> tuple[int, str] | None:
    """As `path_of`; None for more text than a code holds."""
    try:
        return path_of(text)
    except TooLong:
        return None


def path_of(text: str) -> tuple[int, str]:
    """(width in squares with the quiet border, path of the dark ones) for an SVG of that view box."""
    grid = squares(text)
    dark = "".join(f"M{x + 4},{y + 4}h1v1h-1z" for y, row in enumerate(grid) for x, on in enumerate(row) if on)
    return len(grid) + 8, dark


def squares(text: str, mask: int | None = None) -> Grid:
    """Rows of squares, True for dark. `mask`: for tests; else the one that is read best. Raises TooLong."""
    data = text.encode()
    version = next((one for one in range(1, _LONGEST + 1) if len(data) <= _room(one)), 0)
    if not version:
        raise TooLong(f"{len(data)} bytes")
    bits = [bool(byte >> place & 1) for byte in _with_correction(_packed(data, version), version) for place in range(7, -1, -1)]
    masks = range(8) if mask is None else (mask,)
    return min((_drawn(version, bits, one) for one in masks), key=_penalty)


def _room(version: int) -> int:
    return _data_bytes(version) - (2 if version < 10 else 3)


def _modules(version: int) -> int:
    """Squares that carry data and correction."""
    found = (16 * version + 128) * version + 64
    if version >= 2:
        marks = version // 7 + 2
        found -= (25 * marks - 10) * marks - 55
    return found - 36 if version >= 7 else found


def _data_bytes(version: int) -> int:
    return _modules(version) // 8 - _CORRECTION[version] * _BLOCKS[version]


def _packed(data: bytes, version: int) -> list[int]:
    """Mode, length, bytes, end, filling."""
    size = _data_bytes(version)
    bits = f"0100{len(data):0{8 if version < 10 else 16}b}" + "".join(f"{byte:08b}" for byte in data)
    bits += "0" * min(4, size * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    found = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    return found + [(0xEC, 0x11)[n % 2] for n in range(size - len(found))]


def _with_correction(data: Sequence[int], version: int) -> list[int]:
    """Blocks with their correction, woven together."""
    blocks, correction, whole = _BLOCKS[version], _CORRECTION[version], _modules(version) // 8
    short, divisor = blocks - whole % blocks, _divisor(correction)
    parts, at = [], 0
    for n in range(blocks):
        length = whole // blocks - correction + (n >= short)
        part = list(data[at : at + length])
        at += length
        parts.append((part, _remainder(part, divisor)))
    longest = max(len(part) for part, _ in parts)
    woven = [part[n] for n in range(longest) for part, _ in parts if n < len(part)]
    return woven + [rest[n] for n in range(correction) for _, rest in parts]


def _times(x: int, y: int) -> int:
    """Multiplication in the field of 256 elements."""
    found = 0
    for place in range(7, -1, -1):
        found = (found << 1) ^ ((found >> 7) * 0x11D)
        found ^= (y >> place & 1) * x
    return found


def _divisor(degree: int) -> list[int]:
    found, root = [0] * (degree - 1) + [1], 1
    for _ in range(degree):
        for n in range(degree):
            found[n] = _times(found[n], root) ^ (found[n + 1] if n + 1 < degree else 0)
        root = _times(root, 2)
    return found


def _remainder(data: Sequence[int], divisor: Sequence[int]) -> list[int]:
    found = [0] * len(divisor)
    for byte in data:
        factor = byte ^ found.pop(0)
        found.append(0)
        found = [one ^ _times(part, factor) for one, part in zip(found, divisor, strict=True)]
    return found


# ---------------------------------------------------------------- drawing
def _drawn(version: int, bits: Sequence[bool], mask: int) -> Grid:
    size = 17 + 4 * version
    grid: list[list[bool | None]] = [[None] * size for _ in range(size)]
    _patterns(grid, version)
    _format(grid, mask)
    _version(grid, version)
    rest = iter(bits)
    for x, y in list(_way(size, grid)):
        grid[y][x] = next(rest, False) ^ _masks(mask, x, y)
    return [[bool(one) for one in row] for row in grid]


def _patterns(grid: list[list[bool | None]], version: int) -> None:
    """What readers find the code by: corners, timing, alignment."""
    size = len(grid)
    for n in range(size):
        grid[6][n] = grid[n][6] = n % 2 == 0
    for cx, cy in ((3, 3), (size - 4, 3), (3, size - 4)):
        for dy in range(-4, 5):
            for dx in range(-4, 5):
                if 0 <= cx + dx < size and 0 <= cy + dy < size:
                    grid[cy + dy][cx + dx] = max(abs(dx), abs(dy)) not in (2, 4)
    places = _alignments(version)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for cx in places:
        for cy in (one for one in places if (cx, one) not in corners):
            for dy in range(-2, 3):
                for dx in range(-2, 3):
                    grid[cy + dy][cx + dx] = max(abs(dx), abs(dy)) != 1


def _alignments(version: int) -> list[int]:
    if version == 1:
        return []
    marks, size = version // 7 + 2, 17 + 4 * version
    step = (version * 4 + marks * 2 + 1) // (marks * 2 - 2) * 2
    return [6, *reversed([size - 7 - n * step for n in range(marks - 1)])]


def _format(grid: list[list[bool | None]], mask: int) -> None:
    size, rest = len(grid), (data := _LEVEL << 3 | mask)
    for _ in range(10):
        rest = (rest << 1) ^ ((rest >> 9) * 0x537)
    bits = (data << 10 | rest) ^ 0x5412
    on = [bool(bits >> n & 1) for n in range(15)]
    for n, at in enumerate((0, 1, 2, 3, 4, 5, 7, 8)):
        grid[at][8] = on[n]
    for n, at in zip(range(8, 15), (7, 5, 4, 3, 2, 1, 0), strict=True):
        grid[8][at] = on[n]
    for n in range(8):
        grid[8][size - 1 - n] = on[n]
    for n in range(8, 15):
        grid[size - 15 + n][8] = on[n]
    grid[size - 8][8] = True


def _version(grid: list[list[bool | None]], version: int) -> None:
    if version < 7:
        return
    size, rest = len(grid), version
    for _ in range(12):
        rest = (rest << 1) ^ ((rest >> 11) * 0x1F25)
    bits = version << 12 | rest
    for n in range(18):
        far, near = size - 11 + n % 3, n // 3
        grid[near][far] = grid[far][near] = bool(bits >> n & 1)


def _way(size: int, grid: list[list[bool | None]]) -> Iterator[tuple[int, int]]:
    """The free squares in the order in which data fills them: two columns at a time, up and down."""
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        upward = (right + 1) & 2 == 0
        for n in range(size):
            y = size - 1 - n if upward else n
            for x in (right, right - 1):
                if grid[y][x] is None:
                    yield x, y


def _masks(mask: int, x: int, y: int) -> bool:
    rules = (
        (x + y) % 2,
        y % 2,
        x % 3,
        (x + y) % 3,
        (x // 3 + y // 2) % 2,
        x * y % 2 + x * y % 3,
        (x * y % 2 + x * y % 3) % 2,
        ((x + y) % 2 + x * y % 3) % 2,
    )
    return rules[mask] == 0


def _penalty(grid: Grid) -> int:
    """How hard it is to read: long runs, blocks, false corners, too dark or too light."""
    size, found = len(grid), 0
    for lines in (grid, [list(column) for column in zip(*grid, strict=True)]):
        for line in lines:
            text = "".join("1" if one else "0" for one in line)
            found += sum(len(run) - 2 for run in text.replace("01", "0 1").replace("10", "1 0").split() if len(run) >= 5)
            found += 40 * sum(text.startswith(("00001011101", "10111010000"), at) for at in range(size - 10))
    for y in range(size - 1):
        for x in range(size - 1):
            found += 3 * (grid[y][x] == grid[y][x + 1] == grid[y + 1][x] == grid[y + 1][x + 1])
    dark = sum(map(sum, grid))
    return found + 10 * (abs(dark * 20 - size * size * 10) // (size * size))
