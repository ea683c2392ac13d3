// Which command lines name a start that is written down, and by what: as start.cc, ahead of libc,
// reads them.
#include "cache/starts.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <set>

#include "cli/command_line.h"
#include "warm/record.h"

namespace bulkhead::warm {
namespace {

std::size_t at(std::vector<const char*> words) {
  words.insert(words.begin(), "bulkhead");
  words.push_back(nullptr);
  return program_at(words.data());
}

TEST(WarmWords, TheProgramIsFoundAsRunFindsIt) {
  EXPECT_EQ(at({"run", "--tree", "/t", "--expose", "liba.so.1", "--", "prog", "-x"}), 7U);
  EXPECT_EQ(at({"run", "--tree=/t", "-e", "liba.so.1", "prog", "--"}), 5U);
  EXPECT_EQ(at({"run", "--strict", "-t", "--", "prog"}), 5U);
  EXPECT_EQ(at({"run", "prog"}), 2U);
}

TEST(WarmWords, WhatMayMeanMoreIsLeftToTheCommand) {
  EXPECT_EQ(at({}), 0U);
  EXPECT_EQ(at({"run"}), 0U);
  EXPECT_EQ(at({"explain", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--tree"}), 0U);
  EXPECT_EQ(at({"run", "--tree", "/t", "--"}), 0U);
  EXPECT_EQ(at({"run", "-v", "prog"}), 0U);
  EXPECT_EQ(at({"run", "-n", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--no-cache", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--cache-dir", "/c", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--config", "/c", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--debug", "all", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--tre", "/t", "prog"}), 0U);
  EXPECT_EQ(at({"run", "-t/t", "prog"}), 0U);
  EXPECT_EQ(at({"run", "-t=/t", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--strict=no", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--help", "prog"}), 0U);
  EXPECT_EQ(at({"run", "--", ""}), 0U);
}

TEST(WarmWords, OptionsAreThoseOfRun) {
  CLI::App app;
  std::vector<std::string> program;
  int status = 0;
  cli::add_run(app, program, nullptr, status);
  const CLI::App* run = app.get_subcommand("run");
  for (const char* name = kWithValue; *name != '\0'; name += length(name) + 1) {
    const CLI::Option* option = run->get_option_no_throw(name);
    ASSERT_NE(option, nullptr) << name;
    EXPECT_GT(option->get_items_expected_max(), 0) << name;
  }
  for (const char* name = kAlone; *name != '\0'; name += length(name) + 1) {
    const CLI::Option* option = run->get_option_no_throw(name);
    ASSERT_NE(option, nullptr) << name;
    EXPECT_EQ(option->get_items_expected_max(), 0) << name;
  }
}

TEST(WarmNames, EveryVariableCounts) {
  const char* words[] = {"bulkhead", "run", "prog", nullptr};
  std::set<std::string> names;
  auto add = [&](const char* here, const char* const* environment) {
    char digits[Hash::kDigits];
    name_of(words, 2, here, environment).write(digits);
    EXPECT_TRUE(names.insert(std::string(digits, sizeof digits)).second);
  };
  const char* const none[] = {nullptr};
  add("/", none);
  add("/a", none);
  for (const char* name = kVariables; *name != '\0'; name += length(name) + 1) {
    const std::string set = std::string(name) + "=x";
    const char* const one[] = {"A=B", set.c_str(), nullptr};
    EXPECT_STREQ(value_of(name, one), "x");
    EXPECT_EQ(value_of(name, none), nullptr);
    add("/", one);
  }
}

}  // namespace
}  // namespace bulkhead::warm
