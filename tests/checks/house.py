"""What the checks share: where the sources are, how their text is read, how faults are told."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
CODE_SUFFIXES = {".cc", ".h", ".hpp", ".S", ".c", ".inc"}


def code_files(directory):
    """Source files of C, C++ and assembly below a directory, sorted."""
    return sorted(p for p in directory.rglob("*") if p.suffix in CODE_SUFFIXES and p.is_file())


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<delimiter>[^()\s\\"]{0,16})\(.*?\)(?P=delimiter)"'
    r"""|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)


def without_comments_and_strings(text):
    """The same text, with comments and literals blanked out; line numbers stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def relative(path):
    return path.relative_to(ROOT).as_posix()


def usage_if_asked(doc):
    if any(argument in ("-h", "--help") for argument in sys.argv[1:]):
        print(doc.strip())
        sys.exit(0)


def finish(faults, what):
    """Prints the faults, a line each, and exits accordingly."""
    for fault in faults:
        print(fault)
    if faults:
        print(f"{len(faults)} faults: {what}")
        sys.exit(1)
    print(f"fine: {what}")
    sys.exit(0)
