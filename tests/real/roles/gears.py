"""Whether glxgears' gears are on a screen.

usage: gears.py FILE

FILE is what `Xvfb -fbdir` writes: an X window dump (XWDFile.h) of 32 bits a pixel. Exit status 0 if there is much of
each of red, green and blue, as each of the three gears is one of them; else 1.
"""
import struct
import sys


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    header_size = struct.unpack(">I", data[:4])[0]
    colors = struct.unpack(">I", data[76:80])[0]
    start = header_size + colors * 12
    counts = [0, 0, 0]
    for at in range(start, len(data) - 3, 4):
        blue, green, red = data[at:at + 3]
        parts = (red, green, blue)
        most = max(parts)
        # One of them is far above the others.
        if most >= 80 and sorted(parts)[1] * 2 < most:
            counts[parts.index(most)] += 1
    sys.exit(0 if min(counts) > 500 else 1)


main()
