// What doctor found: a line for each check.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::doctor {

class Report {
 public:
  struct Line {
    const char* grade;
    std::string what, text;
  };

  void ok(const std::string& what, const std::string& text) { put("ok", what, text); }
  void warn(const std::string& what, const std::string& text) { put("warn", what, text); }
  void fail(const std::string& what, const std::string& text) {
    failed_ = true;
    put("fail", what, text);
  }
  const std::vector<Line>& lines() const { return lines_; }
  bool failed() const { return failed_; }

 private:
  void put(const char* grade, const std::string& what, const std::string& text) {
    lines_.push_back({grade, what, text});
  }
  std::vector<Line> lines_;
  bool failed_ = false;
};

}  // namespace bulkhead::doctor
