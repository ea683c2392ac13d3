// bulkhead tree: trees that go by names.
#include <CLI/CLI.hpp>

#include <memory>

#include "cli/command_line.h"
#include "trees/order.h"

namespace bulkhead::cli {
namespace {

constexpr const char* kAbout =
    R"(Make trees with names, renew, list and remove them.

A tree has another system's files. Once it has a name, --tree NAME means it wherever
a tree can be said, also in files and in BULKHEAD_TREE. Nothing of a tree is
installed or executed, and nothing of this system is changed.)";

constexpr const char* kMore =
    R"(Examples:
  bulkhead tree add trixie --profile gl          packages of Debian's trixie, by apt
  bulkhead tree add ssl --suite trixie --packages libssl3t64
  bulkhead tree add game --image game.tar        an OCI layout, or docker save's archive
  bulkhead tree add mine --from /mnt/root        a copy
  bulkhead tree list
  bulkhead tree update trixie && bulkhead run --tree trixie --profile gl -- glxgears

Actions:
  add NAME      make it; says from what: --packages or --profile, --image, --from
  list          all of them, with their size and where they come from
  update NAME   make it again from the same; programs that run keep what they loaded
  remove NAME   remove it
  path NAME     print the directory of its files

Packages come from this machine's own sources for apt, of another suite: --suite, or
the name if it is one, or else this system's. apt checks the signatures. Packages
are unpacked with all that they depend on; their scripts are not run.

An image's layers are unpacked one above the other. Their digests are checked
where it says them; a warning tells where not. Devices, owners, and what would run as
somebody else are left out.

Whatever is made appears under its name once it is complete; what is interrupted, or
finds the disk full, leaves nothing.

Exit status:
  0    done
  125  failed; what was there before is there still

Environment:
  XDG_DATA_HOME, HOME   where trees are kept
  TMPDIR is not used: what is needed meanwhile lies beside the tree

Files:
  ~/.local/share/bulkhead/trees/NAME/tree/           its files
  ~/.local/share/bulkhead/trees/NAME/manifest.json   how it was made)";

}  // namespace

void add_tree(CLI::App& app) {
  CLI::App* command = app.add_subcommand("tree", kAbout);
  auto order = std::make_shared<trees::Order>();
  command->add_option("ACTION", order->action, "add, list, update, remove or path")->type_name("");
  command->add_option("NAME", order->names, "Of trees: letters, digits, and . _ + - between")
      ->type_name("");
  auto list = [&](const char* name, std::vector<std::string>& values, const char* value,
                  const char* help) {
    command->add_option(name, values, help)->type_name(value)->expected(1)->take_all();
  };
  list("--packages", order->packages, "PACKAGE,...", "Debian packages, and what they depend on");
  list("-p,--profile", order->profiles, "NAME", "The packages of a family of libraries");
  command->add_option("--suite", order->suite, "Suite that the packages are of (trixie, stable)")
      ->type_name("SUITE");
  command
      ->add_option("--image", order->image, "OCI layout (directory or archive), or docker save's")
      ->type_name("FILE");
  command->add_option("--from", order->from, "Directory with a system's files")->type_name("DIR");
  command->add_flag("-q,--quiet", order->quiet, "Say nothing but what is wrong");
  command->add_flag("--json", order->json, "With list: print JSON");
  command->footer(kMore);
  command->callback([order] {
    take_apart(order->packages);
    take_apart(order->profiles);
    trees::carry_out(*order);
  });
}

}  // namespace bulkhead::cli
