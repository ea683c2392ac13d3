// Which suite packages are taken of, and from which sources: decided from texts alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::trees {

// This machine's release, by /etc/os-release.
struct Release {
  std::string id, codename;  // debian, bookworm
};
Release release_of(std::string_view os_release);

// Suites of which is known that they are some, of that distribution. `distro_info`: the text of
// distro-info-data's table, or empty.
std::vector<std::string> known_suites(const Release& release, std::string_view distro_info);

struct Suite {
  std::string name;
  bool is_own = false;  // this machine's, for want of another
};

// For a tree of that name. Fails for a name that is nearly a suite's.
Suite suite_for(const std::string& tree, const Release& release,
                const std::vector<std::string>& known);

struct Source {
  std::string uri, suite, component;
  bool is_main_one = false;  // not updates, not security fixes
  std::string line(const std::string& keyring) const;
};

// This machine's sources, translated to that suite. `targets`: lines "URI RELEASE COMPONENT" as
// `apt-get indextargets` prints them. Third parties' are left out: those of other releases than the
// machine's, and of other components than the distribution's own.
std::vector<Source> translated(std::string_view targets, const Release& release,
                               const std::string& suite);

}  // namespace bulkhead::trees
