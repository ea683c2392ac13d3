#!/usr/bin/env python3
"""Compares what two runs of a program drew.

usage: pictures.py BLANK NATIVE OTHER
       pictures.py --png SCREEN PNG

BLANK, NATIVE and OTHER are screens as Xvfb's -fbdir keeps them: before anything was drawn, and with the
program's window. Only where NATIVE differs from BLANK something was drawn, and only there mistakes count, so a
small window on a large screen is not excused. Exit status 0: OTHER shows the same; 1: it does not, or
NATIVE shows nothing.
"""
import struct
import sys
import zlib

# Two Mesas draw with other code, made by other LLVMs, and may round interpolated colours differently in the last
# bits, which no eye sees. (22.3 and 25.0 do not: all pictures of the tests are equal to the last bit.)
ROUNDED = 8  # of 255, for each channel
# For the same reason the border between two colours may fall to the other side of a pixel's centre. A cube of
# vkcube's size has some thousand pixels on its borders among 190,000. One that is turned by 4 degrees, which is a
# frame, differs in 8 % of them.
ON_BORDERS = 0.01
# A program that drew less than this on the screen drew nothing worth comparing.
DRAWN = 0.03


def read(path):
    """(width, height, pixels); X's "window dump" format: a header, a map of colours, lines of pixels."""
    with open(path, "rb") as file:
        data = file.read()
    header = struct.unpack(">25I", data[:100])
    size, version, _, depth, width, height, _, byte_order = header[:8]
    bits, line, colours = header[11], header[12], header[19]
    if (version, depth, byte_order, bits, line) != (7, 24, 0, 32, 4 * width):
        sys.exit(f"{path}: not a screen of 24 bits: {header}")
    start = size + 12 * colours
    # blue, green, red and a byte that means nothing
    pixels = [data[start + i:start + i + 3] for i in range(0, line * height, 4)]
    return width, height, pixels


def alike(one, other):
    return one == other or all(abs(a - b) <= ROUNDED for a, b in zip(one, other))


def compare(blank, native, other):
    drawn = [(n, o) for b, n, o in zip(blank, native, other) if b != n or b != o]
    by_native = sum(b != n for b, n in zip(blank, native))
    different = sum(not alike(n, o) for n, o in drawn)
    equal = sum(n == o for n, o in drawn)
    print(f"drawn {by_native} pixels in {len(set(native))} colours; in the other picture {equal / max(1, len(drawn)):.2%} "
          f"are equal, {different / max(1, len(drawn)):.3%} differ by more than {ROUNDED}/255")
    return by_native >= DRAWN * len(native) and different <= ON_BORDERS * len(drawn)


def write_png(path, width, height, pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + b"".join(p[::-1] for p in pixels[y * width:(y + 1) * width]) for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--png":
        write_png(sys.argv[3], *read(sys.argv[2]))
    elif len(sys.argv) == 4:
        sys.exit(not compare(*(read(path)[2] for path in sys.argv[1:])))
    else:
        sys.exit(__doc__.strip())


main()
