// bulkhead explain --seccomp: prints the filters that a policy becomes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bulkhead::cli {

// What a policy's file comes to. Failure if it has a mistake.
class SeccompReport {
 public:
  explicit SeccompReport(const std::string& file);

  const std::string& text() const { return text_; }
  const nlohmann::json& json() const { return json_; }

 private:
  std::string text_;
  nlohmann::json json_;
};

}  // namespace bulkhead::cli
