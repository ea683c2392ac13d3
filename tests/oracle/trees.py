#!/usr/bin/env python3
"""A tree is resolved as if it were "/": what is found in trees made for it.

Every question is asked twice, with openat2 and as on a kernel without it.

usage: trees.py CLOSURE_OF [unittest's arguments]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from fixtures import Workshop, change_byte
from ld_so import identity

TOOL = ""
LDCONFIG = shutil.which("ldconfig", path="/usr/sbin:/sbin:" + os.environ["PATH"])


class Trees(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bulkhead-trees-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.make = Workshop(os.path.join(self.directory, "tree"))
        self.tree = self.make.directory
        self.at = self.make.path

    def ask(self, *roots, options=()):
        """The tool's lines as lists of fields; the same both ways."""
        answers = []
        for way in [], ["--walk"]:
            run = subprocess.run([TOOL, *way, *options, self.tree, *roots], capture_output=True, text=True)
            self.assertIn(run.returncode, (0, 1))
            self.assertEqual(run.stderr, "")
            answers.append([line.split("\t") for line in run.stdout.splitlines()])
        self.assertEqual(answers[0], answers[1])
        return answers[0]

    def finds(self, root, *files, options=()):
        lines = self.ask(root, options=options)
        self.assertEqual([line[2] for line in lines if len(line) == 5], [identity(self.at(f)) for f in files],
                         lines)
        for line in lines:
            if len(line) == 5:
                self.assertEqual(identity(line[1]), line[2], "the host path leads to another file")
        return lines

    def misses(self, root, why=""):
        lines = self.ask(root)
        self.assertEqual([line[:2] for line in lines], [["missing", root]])
        self.assertIn(why, lines[0][3])

    def ldconfig(self):
        if LDCONFIG is None:
            self.skipTest("needs ldconfig")
        self.make.text("etc/ld.so.conf", self.conf)
        subprocess.run([LDCONFIG, "-r", self.tree], check=True, capture_output=True)

    conf = ""

    # --- symbolic links ---

    def test_absolute_links_stay_inside(self):
        # The link's target exists on the host too: /usr/lib.
        self.make.library("usr/lib/libx-1.so", soname="libx.so")
        self.make.link_to("lib/libx.so", "/usr/lib/libx-1.so")
        line, = self.finds("libx.so", "usr/lib/libx-1.so")
        self.assertEqual(line[3], "/lib/libx.so")
        self.assertEqual(line[1], self.at("usr/lib/libx-1.so"))

    def test_absolute_links_between_directories(self):
        self.make.library("opt/real/libx.so")
        self.make.link_to("opt/first", "/opt/second")
        self.make.link_to("opt/second", "/opt/../opt/./real")
        self.make.link_to("usr/lib", "/opt/first/")
        line, = self.finds("libx.so", "opt/real/libx.so")
        self.assertEqual(line[1], self.at("opt/real/libx.so"))

    def test_relative_links_keep_the_path_as_found(self):
        self.make.library("usr/lib/libx.so")
        self.make.link_to("lib", "usr/lib")
        line, = self.finds("libx.so", "usr/lib/libx.so")
        self.assertEqual(line[1], self.at("lib/libx.so"))

    def test_dots_stop_at_the_root(self):
        self.make.library("lib/libx-1.so")
        self.make.link_to("lib/libx.so", "../../../../../../../../lib/libx-1.so")
        self.finds("libx.so", "lib/libx-1.so")
        self.finds("/../../lib/libx-1.so", "lib/libx-1.so")

    def test_a_link_out_of_the_tree_leads_nowhere(self):
        outside = os.path.join(self.directory, "outside.so")
        shutil.copy(self.make.library("usr/lib/liby.so"), outside)
        self.make.link_to("lib/libx.so", outside)
        self.misses("libx.so")

    def test_links_in_a_circle_are_told(self):
        self.make.link_to("lib/libx.so", "/lib/liby.so")
        self.make.link_to("lib/liby.so", "libx.so")
        self.misses("libx.so", why="/lib/libx.so cannot be opened: too many")

    def test_a_fifo_or_a_directory_is_passed_over(self):
        os.makedirs(self.at("lib/libx.so"))
        os.makedirs(self.at("usr/lib"))
        os.mkfifo(self.at("usr/lib/libx.so"))
        self.misses("libx.so", why="is not a regular file")

    def test_search_paths_are_the_trees(self):
        self.make.library("opt/app/lib/libx.so", ["liby.so"], runpath="/opt/more:$ORIGIN/../other")
        self.make.library("opt/more/liby.so", ["libz1.so"], rpath="$ORIGIN/sub")
        self.make.library("opt/more/sub/libz1.so")
        self.finds("/opt/app/lib/libx.so", "opt/app/lib/libx.so", "opt/more/liby.so", "opt/more/sub/libz1.so")

    def test_relative_search_paths_mean_nothing(self):
        self.make.library("lib/libx.so", ["liby.so", "./libz1.so"], rpath="::relative:.")
        lines = self.ask("libx.so")
        self.assertEqual([line[:2] for line in lines[1:]], [["missing", "liby.so"], ["missing", "./libz1.so"]])

    # --- default directories ---

    def test_default_directories_of_a_multiarch_tree(self):
        where = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib", "usr/lib"]
        for directory in where:
            self.make.library(f"{directory}/libx.so")
        for directory in where:
            self.finds("libx.so", f"{directory}/libx.so")
            os.unlink(self.at(f"{directory}/libx.so"))

    def test_default_directories_of_a_tree_with_lib64(self):
        where = ["lib64", "usr/lib64", "lib", "usr/lib"]
        for directory in where:
            self.make.library(f"{directory}/libx.so")
        for directory in where:
            self.finds("libx.so", f"{directory}/libx.so")
            os.unlink(self.at(f"{directory}/libx.so"))

    # --- ld.so.conf ---

    def test_a_tree_without_a_cache_uses_ld_so_conf(self):
        self.make.text("etc/ld.so.conf", "# first\n  /opt/a/  # and a comment\n/opt/b=libc6\n"
                       "include /etc/ld.so.conf.d/*.conf   more/?[0-9].conf\nhwcap 0 nosegneg\n")
        self.make.text("etc/ld.so.conf.d/2.conf", "/opt/d\n")
        self.make.text("etc/ld.so.conf.d/1.conf", "/opt/c\ninclude nested/*/x.conf")
        self.make.text("etc/ld.so.conf.d/.hidden.conf", "/opt/no\n")
        self.make.text("etc/ld.so.conf.d/3.conf.old", "/opt/no\n")
        self.make.text("etc/ld.so.conf.d/nested/n/x.conf", "/opt/n\n")
        self.make.text("etc/more/x1.conf", "/opt/e")
        self.make.text("etc/more/xx.conf", "/opt/no")
        where = ["opt/a", "opt/b", "opt/c", "opt/n", "opt/d", "opt/e"]
        for directory in where + ["usr/lib"]:
            self.make.library(f"{directory}/libx.so")
        self.make.library("opt/no/libno.so")
        for directory in where + ["usr/lib"]:
            self.finds("libx.so", f"{directory}/libx.so")
            os.unlink(self.at(f"{directory}/libx.so"))
        self.misses("libno.so")

    def test_includes_in_a_circle_end(self):
        self.make.text("etc/ld.so.conf", "include /etc/ld.so.conf\ninclude *.conf\n/opt/a\n")
        self.make.library("opt/a/libx.so")
        self.finds("libx.so", "opt/a/libx.so")

    def test_a_link_in_ld_so_conf_d_stays_inside(self):
        self.make.text("etc/ld.so.conf", "include ld.so.conf.d/*.conf\n")
        self.make.text("opt/vendor/x.conf", "/opt/vendor/lib\n")
        self.make.link_to("etc/ld.so.conf.d/x.conf", "/etc/alternatives/x.conf")
        self.make.link_to("etc/alternatives/x.conf", "/opt/vendor/x.conf")
        self.make.library("opt/vendor/lib/libx.so")
        lines = self.finds("libx.so", "opt/vendor/lib/libx.so", options=["--inputs"])
        inputs = [line[1] for line in lines if line[0] == "input"]
        for path in ("etc/ld.so.cache", "etc/ld.so.conf", "etc/ld.so.conf.d", "opt/vendor/x.conf",
                     "opt/vendor/lib"):
            self.assertIn(self.at(path), inputs)

    # --- ld.so.cache ---

    def test_the_cache_answers_without_a_look_at_directories(self):
        self.conf = "/opt/a\n"
        self.make.library("opt/a/libx.so.1")
        self.make.library("usr/lib/libx.so.1")
        self.ldconfig()
        lines = self.finds("libx.so.1", "opt/a/libx.so.1", options=["--inputs"])
        self.assertEqual(lines[0][4], "ld.so.cache")
        self.assertEqual([line[1] for line in lines[1:]], [self.at("etc/ld.so.cache")])

    def test_what_the_cache_promises_may_be_gone(self):
        self.conf = "/opt/a\n"
        self.make.library("opt/a/libx.so.1")
        self.ldconfig()
        os.makedirs(self.at("usr/lib"), exist_ok=True)
        shutil.move(self.at("opt/a/libx.so.1"), self.at("usr/lib"))
        line, = self.finds("libx.so.1", "usr/lib/libx.so.1")
        self.assertEqual(line[4], "default directories")

    def test_a_cache_hides_ld_so_conf(self):
        self.ldconfig()
        self.make.text("etc/ld.so.conf", "/opt/a\n")
        self.make.library("opt/a/libx.so.1")
        self.misses("libx.so.1")

    def test_an_unusable_cache_does_not(self):
        self.make.text("etc/ld.so.conf", "/opt/a\n")
        self.make.library("opt/a/libx.so.1")
        for content in "", "not a cache", "glibc-ld.so.cache1.1" + "\xff" * 100:
            self.make.text("etc/ld.so.cache", content)
            line, = self.finds("libx.so.1", "opt/a/libx.so.1")
            self.assertEqual(line[4], "ld.so.conf")

    def test_cache_and_directories_agree_on_hwcaps(self):
        self.conf = "/opt/a\n"
        self.make.library("opt/a/libx.so.1")
        for level in "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v9":
            self.make.library(f"opt/a/glibc-hwcaps/{level}/libx.so.1")
        for level in "x86-64-v9", "x86-64-v4", "x86-64-v3", "x86-64-v2":
            self.ldconfig()
            by_cache = self.ask("libx.so.1")
            os.unlink(self.at("etc/ld.so.cache"))
            by_conf = self.ask("libx.so.1")
            self.assertEqual(by_cache[0][2], by_conf[0][2], level)
            self.assertEqual((by_cache[0][4], by_conf[0][4]), ("ld.so.cache", "ld.so.conf"))
            shutil.rmtree(self.at(f"opt/a/glibc-hwcaps/{level}"))

    def test_the_cache_of_another_machine_is_passed_over(self):
        self.conf = "/opt/a\n"
        path = self.make.library("opt/a/libx.so.1")
        self.make.library("usr/lib/libx.so.1")
        self.ldconfig()
        change_byte(path, 18, 183)
        line, = self.finds("libx.so.1", "usr/lib/libx.so.1")

    # --- boundaries, roots ---

    def test_a_boundary_stops_by_name_and_by_soname(self):
        self.make.library("lib/libx.so", ["libshared.so.1", "libother.so", "liby.so"])
        self.make.library("lib/libshared.so.1", ["libnever.so"])
        self.make.library("lib/libother.so", ["libnever.so"], soname="libother.so.2")
        self.make.library("lib/liby.so", ["libother.so.2", "libshared.so.1"])
        self.finds("libx.so", "lib/libx.so", "lib/liby.so",
                   options=["--stop=libshared.so.1", "--stop=libother.so.2"])

    def test_roots_in_the_order_asked_for(self):
        for name in "libx.so", "liby.so", "libz1.so":
            self.make.library(f"lib/{name}", ["liby.so"])
        lines = self.ask("libz1.so", "libx.so", "/lib/libz1.so")
        self.assertEqual([line[0] for line in lines], ["libz1.so", "libx.so", "liby.so"])

    def test_a_damaged_library_is_an_error_that_names_it(self):
        path = self.make.library("lib/libx.so")
        os.truncate(path, 3000)
        line, = self.ask("libx.so")
        self.assertEqual(line[0], "error")
        self.assertIn(path, line[1])

    # --- the tree itself ---

    def test_trees_that_are_none(self):
        self.make.text("file", "")
        for tree, why in ((self.at("file"), "must be a directory"), (self.at("none"), "no such tree"),
                          (self.at("a:b"), "cannot contain"), (self.at("$LIB"), "cannot contain"), ("", "empty")):
            run = subprocess.run([TOOL, tree, "libx.so"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 1)
            self.assertIn(why, run.stdout)

    def test_trees_by_other_names(self):
        self.make.library("lib/libx.so")
        for tree in "tree", "./tree//", "tree/.", "tree/../tree":
            run = subprocess.run([TOOL, tree, "libx.so"], cwd=self.directory, capture_output=True, text=True)
            self.assertIn(identity(self.at("lib/libx.so")), run.stdout)
            self.assertTrue(run.stdout.split("\t")[1].startswith(self.directory))


if __name__ == "__main__":
    TOOL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
