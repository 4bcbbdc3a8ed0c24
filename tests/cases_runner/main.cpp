// Replays recorded sequences of other implementations against ours.
//
//   cases_runner [--failures-only] FILE.json...     exit status 0 only if every step of every file agrees
//   cases_runner --trace FILE --capacity N          accesses and hits of our cache over a trace of keys
//   cases_runner --list                             what can be replayed

#include "tests/cases_runner/registry.hpp"
#include "tests/cases_runner/trace_file.hpp"

#include <boost/json/parse.hpp>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::cases {
namespace {

constexpr std::string_view usage =
    "usage: cases_runner [--failures-only] FILE.json...\n"
    "       cases_runner --trace FILE --capacity N\n"
    "       cases_runner --list\n";

json::object read_document(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot be opened");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  json::object document = json::parse(text).as_object();
  document["directory"] = std::filesystem::absolute(path).parent_path().string();
  return document;
}

std::string_view text_of(const json::object& document, std::string_view key) {
  const json::value* found = document.if_contains(key);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

bool replay_file(const std::string& path, bool failures_only) {
  report to(failures_only);
  std::cout << "== " << path << '\n';
  try {
    const json::object document = read_document(path);
    const std::string_view component = text_of(document, "component");
    const std::string_view profile = text_of(document, "profile");
    const replay_function run = find_replay(component, profile);
    if (run == nullptr) {
      std::cout << path << ": nothing replays component '" << component << "' profile '" << profile << "'\n";
      return false;
    }
    run(document, to);
  } catch (const std::exception& failed) {
    std::cout << path << ": " << failed.what() << " (after step " << to.steps() << ")\n";
    return false;
  }
  std::cout << path << ": " << to.disagreements() << " of " << to.steps() << " steps disagree\n";
  return to.disagreements() == 0 && to.steps() > 0;
}

int replay_trace(const std::string& path, std::string_view capacity_text) {
  std::size_t capacity = 0;
  const char* end = capacity_text.data() + capacity_text.size();
  const auto parsed = std::from_chars(capacity_text.data(), end, capacity);
  if (parsed.ec != std::errc{} || parsed.ptr != end || capacity == 0) {
    std::cerr << "--capacity must be a positive number of entries\n";
    return 2;
  }
  const trace_function run = find_trace();
  if (run == nullptr) throw std::runtime_error("no cache is registered for traces");
  const std::vector<std::uint64_t> keys = read_trace(path);
  const std::uint64_t hits = run(keys, capacity);
  std::cout << "capacity " << capacity << " accesses " << keys.size() << " hits " << hits << '\n';
  return 0;
}

int run_files(const std::vector<std::string>& arguments) {
  bool failures_only = false;
  bool all_agree = true;
  std::size_t files = 0;
  for (const std::string& each : arguments) {
    if (each == "--failures-only") {
      failures_only = true;
      continue;
    }
    ++files;
    all_agree &= replay_file(each, failures_only);
  }
  if (files == 0) {
    std::cerr << usage;
    return 2;
  }
  return all_agree ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 4 && arguments[0] == "--trace" && arguments[2] == "--capacity")
    return replay_trace(arguments[1], arguments[3]);
  if (arguments.size() == 1 && arguments[0] == "--list") {
    for (const replay_entry& each : all_replays())
      std::cout << each.component << ' ' << (each.profile.empty() ? "*" : each.profile) << '\n';
    return 0;
  }
  return run_files(arguments);
}

}  // namespace
}  // namespace seckill::cases

int main(int count, char** arguments) {
  try {
    return seckill::cases::run({arguments + 1, arguments + count});
  } catch (const std::exception& failed) {
    std::cerr << "cases_runner: " << failed.what() << '\n';
    return 2;
  }
}
