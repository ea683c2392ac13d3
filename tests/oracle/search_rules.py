#!/usr/bin/env python3
"""Each rule of ld.so's search, on libraries made for it: our answer is ld.so's.

usage: search_rules.py CLOSURE_OF [unittest's arguments]
"""

import os
import shutil
import sys
import tempfile
import unittest

from fixtures import DT_RPATH, DT_SONAME, Workshop, change_byte, retag
from ld_so import ask_ld_so, ask_us, difference, identity

TOOL = ""
LIB = "lib/x86_64-linux-gnu" if os.path.isdir("/usr/lib/x86_64-linux-gnu") else "lib64"


class SearchRules(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bulkhead-rules-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.make = Workshop(self.directory)
        self.at = self.make.path

    def agree(self, root, files, missing=(), library_path="", directory=None, **how):
        """Both give `files` (relative), in that order, and miss `missing`."""
        theirs = ask_ld_so(root, library_path=library_path, directory=directory, **how)
        options = [f"--library-path={library_path}"] if library_path else []
        ours = ask_us(TOOL, root, options=options, directory=directory)
        self.assertEqual(difference(theirs, ours), "")
        self.assertEqual([file for _, file in ours.libraries], [identity(self.at(f)) for f in files])
        self.assertEqual(ours.missing, list(missing))

    def test_breadth_first(self):
        d = self.at("d")
        self.make.library("d/liba.so", ["libc1.so", "libd.so"])
        self.make.library("d/libb.so", ["libd.so", "libe.so", "libc1.so"])
        for leaf in "libc1.so", "libd.so", "libe.so":
            self.make.library(f"d/{leaf}")
        root = self.make.library("root.so", ["liba.so", "libb.so"], rpath=d)
        self.agree(root, ["d/liba.so", "d/libb.so", "d/libc1.so", "d/libd.so", "d/libe.so"])

    def test_rpath_is_inherited(self):
        self.make.library("d/liba.so", ["libb.so"])
        self.make.library("d/libb.so")
        root = self.make.program("root", ["liba.so"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so", "d/libb.so"])

    def test_nearest_rpath_comes_first_and_the_programs_last(self):
        for where in "near", "program":
            self.make.library(f"{where}/libb.so")
            self.make.library(f"{where}/libc1.so")
        os.unlink(self.at("near/libc1.so"))
        self.make.library("program/liba.so", ["libb.so", "libc1.so"], rpath=self.at("near"))
        root = self.make.program("root", ["liba.so"], rpath=self.at("program"))
        self.agree(root, ["program/liba.so", "near/libb.so", "program/libc1.so"])

    def test_runpath_is_not_inherited(self):
        self.make.library("d/liba.so", ["libb.so"])
        self.make.library("d/libb.so")
        root = self.make.program("root", ["liba.so"], runpath=self.at("d"))
        self.agree(root, ["d/liba.so"], ["libb.so"])

    def test_runpath_of_the_asker_hides_every_rpath(self):
        self.make.library("d/liba.so", ["libb.so"], runpath=self.at("nothing"))
        self.make.library("d/libb.so")
        root = self.make.program("root", ["liba.so"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so"], ["libb.so"])

    def test_runpath_of_an_ancestor_hides_nothing_else(self):
        self.make.library("d/libmiddle.so", ["libleaf.so"], runpath=self.at("e"))
        self.make.library("e/libleaf.so", ["libfar.so"])
        self.make.library("d/libfar.so")
        self.make.library("e/libfar.so")  # only for who is asked by libmiddle
        root = self.make.program("root", ["libmiddle.so"], rpath=self.at("d"))
        self.agree(root, ["d/libmiddle.so", "e/libleaf.so", "d/libfar.so"])

    def test_runpath_beside_rpath_switches_it_off(self):
        # No linker writes both any more: the SONAME becomes the RPATH.
        path = self.make.library("d/libmiddle.so", ["libb.so"], soname=self.at("rpath"), runpath=self.at("e"))
        retag(path, DT_SONAME, DT_RPATH)
        self.make.library("rpath/libb.so")
        self.make.library("e/libb.so", ["libc1.so"])
        self.make.library("rpath/libc1.so")
        root = self.make.program("root", ["libmiddle.so"], rpath=self.at("d"))
        self.agree(root, ["d/libmiddle.so", "e/libb.so"], ["libc1.so"])

    def test_library_path_is_after_rpath_and_before_runpath(self):
        for where in "tag", "env":
            self.make.library(f"{where}/liba.so")
        env = self.at("env")
        root = self.make.program("with-rpath", ["liba.so"], rpath=self.at("tag"))
        self.agree(root, ["tag/liba.so"], library_path=env)
        root = self.make.program("with-runpath", ["liba.so"], runpath=self.at("tag"))
        self.agree(root, ["env/liba.so"], library_path=env)

    def test_library_path_is_separated_by_colons_and_semicolons(self):
        self.make.library("a/liba.so")
        self.make.library("b/libb.so")
        self.make.library("here/libc1.so")
        root = self.make.program("root", ["liba.so", "libb.so", "libc1.so"])
        self.agree(root, ["a/liba.so", "b/libb.so", "here/libc1.so"],
                   library_path=f"{self.at('a')}/;{self.at('b')}::/nothing", directory=self.at("here"))

    def test_origin(self):
        self.make.library("p/lib/liba.so", ["libb.so"], runpath="${ORIGIN}/../more:$ORIGIN")
        self.make.library("p/more/libb.so")
        root = self.make.program("p/bin/root", ["liba.so"], runpath="$ORIGIN/../lib")
        self.agree(root, ["p/lib/liba.so", "p/more/libb.so"])

    def test_origin_in_an_inherited_rpath_is_its_owners(self):
        self.make.library("p/lib/liba.so", ["libb.so"])
        self.make.library("p/lib/libb.so")
        root = self.make.program("p/bin/root", ["liba.so"], rpath="$ORIGIN/../lib")
        self.agree(root, ["p/lib/liba.so", "p/lib/libb.so"])

    def test_origin_of_a_library_is_where_it_was_found_not_where_links_lead(self):
        self.make.library("real/liba.so", ["libb.so"], runpath="$ORIGIN")
        self.make.library("real/libb.so")
        self.make.library("links/libb.so")
        self.make.link_to("links/liba.so", "../real/liba.so")
        root = self.make.program("root", ["liba.so"], runpath=self.at("links"))
        self.agree(root, ["links/liba.so", "links/libb.so"])

    def test_origin_of_a_program_is_where_links_lead(self):
        self.make.program("real/root", ["liba.so"], runpath="$ORIGIN")
        self.make.library("real/liba.so")
        self.make.library("links/liba.so")
        root = self.make.link_to("links/root", "../real/root")
        self.agree(root, ["real/liba.so"], by_kernel=True)

    def test_lib_and_platform(self):
        self.make.library(f"{LIB}/liba.so")
        root = self.make.program("root", ["liba.so"], runpath="$ORIGIN/$LIB")
        self.agree(root, [f"{LIB}/liba.so"])
        # Not $PLATFORM: ld.so before 2.37 may give it another name than the kernel's.

    def test_what_only_looks_like_a_token(self):
        for name in "$ORIGINAL", "$LIBS", "$OTHER", "${ORIGIN", "$":
            root = self.make.program(f"root{name}", ["liba.so"], runpath=self.at(name))
            self.make.library(f"{name}/liba.so")
            with self.subTest(name):
                self.agree(root, [f"{name}/liba.so"])

    def test_needed_with_a_slash(self):
        self.make.library("d/liba.so")
        root = self.make.program("root", [self.at("d/liba.so")])
        self.agree(root, ["d/liba.so"])

    def test_needed_with_a_relative_path_is_relative_to_the_current_directory(self):
        self.make.library("d/liba.so")
        root = self.make.program("root", ["./d/liba.so"])
        self.agree(root, ["d/liba.so"], directory=self.directory)

    def test_needed_with_origin(self):
        self.make.library("d/sub/liba.so")
        root = self.make.program("d/root", ["$ORIGIN/sub/liba.so"])
        theirs, ours = ask_ld_so(root), ask_us(TOOL, root)
        self.assertEqual([f for _, f in theirs.libraries], [f for _, f in ours.libraries])
        self.assertEqual(len(ours.libraries), 1)

    def test_a_path_and_a_soname_are_names_of_one_library(self):
        self.make.library("d/liba-1.2.so", soname="liba.so.1")
        root = self.make.program("root", [self.at("d/liba-1.2.so"), "liba.so.1"])
        self.agree(root, ["d/liba-1.2.so"])

    def test_soname_other_than_the_file_name(self):
        self.make.library("d/liba.so", soname="liba.so.1")
        self.make.library("d/libb.so", ["liba.so.1", "liba.so"])
        root = self.make.program("root", ["liba.so", "libb.so"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so", "d/libb.so"])

    def test_library_without_a_soname(self):
        self.make.library("d/liba.so", soname="")
        self.make.library("d/libb.so", ["liba.so"])
        root = self.make.program("root", ["libb.so", "liba.so"], rpath=self.at("d"))
        self.agree(root, ["d/libb.so", "d/liba.so"])

    def test_one_file_under_two_names_is_one_library(self):
        self.make.library("d/liba.so", soname="")
        os.link(self.at("d/liba.so"), self.at("d/libb.so"))
        self.make.link_to("d/libc1.so", "liba.so")
        self.make.library("d/libd.so", ["libc1.so", "libb.so"])
        root = self.make.program("root", ["libb.so", "liba.so", "libd.so", "libc1.so"], rpath=self.at("d"))
        self.agree(root, ["d/libb.so", "d/libd.so"])

    def test_two_files_of_one_soname_are_two_libraries_if_asked_for_by_other_names(self):
        self.make.library("d/liba.so", soname="libx.so.1")
        self.make.library("d/libb.so", soname="libx.so.1")
        root = self.make.program("root", ["liba.so", "libb.so", "libx.so.1"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so", "d/libb.so"])

    def test_repeated_needs_and_cycles(self):
        self.make.library("d/liba.so", ["libb.so", "libb.so", "liba.so"])
        self.make.library("d/libb.so", ["libc1.so", "liba.so"])
        self.make.library("d/libc1.so", ["liba.so"])
        root = self.make.program("root", ["liba.so", "liba.so"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so", "d/libb.so", "d/libc1.so"])

    def test_another_class_is_passed_over(self):
        change_byte(self.make.library("wrong/liba.so"), 4, 1)
        self.make.library("right/liba.so")
        root = self.make.program("root", ["liba.so"], rpath=f"{self.at('wrong')}:{self.at('right')}")
        self.agree(root, ["right/liba.so"])

    def test_another_machine_is_passed_over(self):
        change_byte(self.make.library("wrong/liba.so"), 18, 183)
        self.make.library("right/liba.so")
        root = self.make.program("root", ["liba.so"], runpath=f"{self.at('wrong')}:{self.at('right')}")
        self.agree(root, ["right/liba.so"])

    def test_only_another_class_is_missing_and_says_why(self):
        change_byte(self.make.library("wrong/liba.so"), 4, 1)
        root = self.make.program("root", ["liba.so"], rpath=self.at("wrong"))
        self.agree(root, [], ["liba.so"])
        self.assertIn(f"{self.at('wrong/liba.so')} is of another ELF class", ask_us(TOOL, root).why["liba.so"])

    def test_directories_that_are_none(self):
        self.make.library("d/liba.so")
        self.make.text("file", "")
        path = f"{self.at('nothing')}:{self.at('file')}:{self.at('d')}//"
        root = self.make.program("root", ["liba.so"], runpath=path)
        self.agree(root, ["d/liba.so"])

    def test_hwcaps_subdirectories(self):
        for level in "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v9":
            self.make.library(f"d/glibc-hwcaps/{level}/liba.so", ["libb.so"], runpath="$ORIGIN")
            self.make.library(f"d/glibc-hwcaps/{level}/libb.so")
        self.make.library("d/liba.so", ["libb.so"], runpath="$ORIGIN")
        self.make.library("d/libb.so")
        root = self.make.program("root", ["liba.so"], runpath=self.at("d"))
        # Which level is ld.so's to say; without it first here, and then one by one.
        for level in "x86-64-v9", "x86-64-v4", "x86-64-v3", "x86-64-v2":
            theirs, ours = ask_ld_so(root), ask_us(TOOL, root)
            self.assertEqual(difference(theirs, ours), "", level)
            self.assertEqual(len(ours.libraries), 2)
            shutil.rmtree(self.at(f"d/glibc-hwcaps/{level}"))
        self.agree(root, ["d/liba.so", "d/libb.so"])

    def test_nodefaultlib(self):
        flags = ["-Wl,-z,nodefaultlib"]
        root = self.make.program("alone", ["libc.so.6"], flags=flags)
        self.agree(root, [], ["libc.so.6"])
        self.make.library("d/liba.so", flags=flags)
        root = self.make.program("root", ["liba.so", "libnone.so"], rpath=self.at("d"), flags=flags)
        self.agree(root, ["d/liba.so"], ["libnone.so"])

    def test_missing_libraries_are_all_told(self):
        self.make.library("d/liba.so", ["libnone-1.so"])
        root = self.make.program("root", ["libnone-2.so", "liba.so"], rpath=self.at("d"))
        self.agree(root, ["d/liba.so"], ["libnone-2.so", "libnone-1.so"])

    def test_a_library_missed_by_one_may_be_found_by_another(self):
        self.make.library("d/liba.so", ["libb.so"], runpath=self.at("d"))
        self.make.library("d/libb.so")
        root = self.make.program("root", ["libb.so", self.at("d/liba.so")])
        ours = ask_us(TOOL, root)
        self.assertEqual(ours.missing, ["libb.so"])
        self.assertEqual([f for _, f in ours.libraries], [identity(self.at(f)) for f in ("d/liba.so", "d/libb.so")])

    def test_a_file_that_is_no_library_is_refused(self):
        self.make.text("d/liba.so", "/* GNU ld script */\n" * 99)
        root = self.make.program("root", ["liba.so"], rpath=self.at("d"))
        self.assertIn("invalid ELF header", ask_ld_so(root).refused)
        refused = ask_us(TOOL, root).refused
        self.assertIn("not an ELF file", refused)
        self.assertIn(self.at("d/liba.so"), refused)


if __name__ == "__main__":
    TOOL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
