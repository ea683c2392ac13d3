// bulkhead explain --seccomp: prints the filters that a policy becomes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bulkhead::rules {

// What a policy's file comes to. Failure if it has a mistake.
class Report {
 public:
  explicit Report(const std::string& file);

  const std::string& text() const { return text_; }
  const nlohmann::json& json() const { return json_; }
  // What code inside a program installs: seccomp::encode's bytes.
  const std::string& compiled() const { return compiled_; }

 private:
  std::string text_;
  nlohmann::json json_;
  std::string compiled_;
};

}  // namespace bulkhead::rules
