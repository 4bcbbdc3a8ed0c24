// The pages show code that is compiled and run: a fenced block that follows the line
//   <!-- file: examples/policies/circuit_breaker.cpp -->
// is that file, byte for byte.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace seckill {
namespace {

namespace fs = std::filesystem;

struct shown_file {
  fs::path page;
  std::string path;
  std::string text;
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The path in `<!-- file: PATH -->`, or nothing.
std::string path_of_marker(const std::string& line) {
  constexpr std::string_view before = "<!-- file: ";
  constexpr std::string_view after = " -->";
  if (!line.starts_with(before) || !line.ends_with(after)) return {};
  return line.substr(before.size(), line.size() - before.size() - after.size());
}

std::string read_fenced_block(std::istream& page) {
  std::string line;
  while (std::getline(page, line) && line.empty()) continue;
  if (!line.starts_with("```")) return "(no fenced block)";
  std::string text;
  while (std::getline(page, line) && line != "```") text += line + '\n';
  return text;
}

std::vector<shown_file> shown_files(const fs::path& page) {
  std::vector<shown_file> found;
  std::istringstream stream(read(page));
  std::string line;
  while (std::getline(stream, line)) {
    const std::string path = path_of_marker(line);
    if (!path.empty()) found.push_back({page, path, read_fenced_block(stream)});
  }
  return found;
}

std::vector<shown_file> all_shown_files() {
  const fs::path root = SECKILL_SOURCE_DIR;
  std::vector<shown_file> found;
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(root / "docs"))
    if (each.path().extension() == ".md")
      for (shown_file& shown : shown_files(each.path())) found.push_back(std::move(shown));
  for (const char* name : {"README.md", "README.zh.md"})
    if (fs::exists(root / name))
      for (shown_file& shown : shown_files(root / name)) found.push_back(std::move(shown));
  return found;
}

TEST(docs_pages, show_the_files_that_they_name) {
  const fs::path root = SECKILL_SOURCE_DIR;
  const std::vector<shown_file> all = all_shown_files();
  ASSERT_FALSE(all.empty());
  for (const shown_file& each : all) {
    ASSERT_TRUE(fs::exists(root / each.path)) << each.page << " names " << each.path;
    EXPECT_EQ(each.text, read(root / each.path)) << each.page << " shows another text than " << each.path;
  }
}

TEST(docs_pages, every_policy_example_is_on_a_page) {
  std::map<std::string, int> pages;
  for (const shown_file& each : all_shown_files()) ++pages[each.path];
  for (const fs::directory_entry& each :
       fs::directory_iterator(fs::path(SECKILL_SOURCE_DIR) / "examples/policies"))
    if (each.path().extension() == ".cpp") {
      const std::string path = "examples/policies/" + each.path().filename().string();
      EXPECT_EQ(pages[path], 1) << path;
    }
}

}  // namespace
}  // namespace seckill
