// docs/operating/running.md lists every option of the sample service, and no other.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace seckill {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  for (int next = std::fgetc(pipe.get()); next != EOF; next = std::fgetc(pipe.get()))
    text += static_cast<char>(next);
  return text;
}

std::set<std::string> found(const std::string& text, const std::regex& what) {
  std::set<std::string> all;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), what); at != std::sregex_iterator(); ++at) {
    all.insert((*at)[1]);
  }
  return all;
}

TEST(running_page, lists_the_options_that_the_program_has) {
  const std::string help = output_of(FLASH_SALE_PROGRAM " --help");
  std::ostringstream page;
  page << std::ifstream(SECKILL_SOURCE_DIR "/docs/operating/running.md").rdbuf();
  const auto options = found(help, std::regex(R"((?:^|\n)\s+(?:-\w,)?(--[a-z-]+))"));
  const auto listed = found(page.str(), std::regex(R"(\n\| `(--[a-z-]+)` \|)"));
  EXPECT_GE(options.size(), 20U) << help;
  EXPECT_EQ(listed, options);
}

}  // namespace
}  // namespace seckill
