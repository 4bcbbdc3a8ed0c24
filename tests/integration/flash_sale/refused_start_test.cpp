// A start that is refused has changed nothing, and says what is in the way.
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

namespace seckill {
namespace {

namespace fs = std::filesystem;

/// Every name below a directory with its mode and content.
std::map<std::string, std::string> everything_in(const fs::path& directory) {
  std::map<std::string, std::string> found;
  for (const auto& each : fs::recursive_directory_iterator(directory)) {
    std::ostringstream text;
    text << static_cast<unsigned>(each.status().permissions()) << ' ';
    if (each.is_regular_file()) text << std::ifstream(each.path()).rdbuf();
    found[each.path().string()] = text.str();
  }
  return found;
}

class refused_start : public ::testing::Test {
 protected:
  void SetUp() override {
    shop_process shop({.data = data(), .flags = {"--shards=2", "--stock=5"}});
    ASSERT_TRUE(shop.serving()) << shop.output();
    ASSERT_EQ(shop.terminate(), 0);
  }
  [[nodiscard]] std::string data() const { return place_ / "data"; }

  /// Three starts, as a supervisor would make them.
  void expect_refused(const std::string& part, const std::vector<std::string>& flags = {"--shards=2"}) {
    const auto before = everything_in(data());
    for (int i = 0; i < 3; ++i) {
      shop_process shop({.data = data(), .flags = flags});
      EXPECT_FALSE(shop.serving());
      EXPECT_EQ(shop.wait(), 1);
      EXPECT_NE(shop.output().find(part), std::string::npos) << shop.output();
    }
    EXPECT_TRUE(everything_in(data()) == before) << part;
  }

  testing::temporary_directory place_;
};

TEST_F(refused_start, a_missing_journal) {
  for (const std::string name : {"journal-0", "journal-1"}) {
    fs::rename(data() + "/" + name, place_ / "away");
    expect_refused(name + " is missing");
    fs::create_directory(data() + "/" + name);
    expect_refused(name + " is missing");
    fs::remove(data() + "/" + name);
    fs::rename(place_ / "away", data() + "/" + name);
  }
}

TEST_F(refused_start, a_missing_or_damaged_file_of_shards) {
  fs::rename(data() + "/shards", place_ / "away");
  expect_refused("shards is missing");
  std::ofstream(data() + "/shards") << "many";
  expect_refused("shards is damaged");
}

TEST_F(refused_start, an_address_that_is_none) { expect_refused("--host", {"--shards=2", "--host=nowhere"}); }

TEST_F(refused_start, a_port_in_use) {
  const shop_process other({.data = place_ / "other", .flags = {}});
  ASSERT_TRUE(other.serving()) << other.output();
  expect_refused("--port", {"--shards=2", "--port=" + std::to_string(other.endpoint().port)});
}

}  // namespace
}  // namespace seckill
