#include "data_directory.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace seckill::testing {
namespace {

constexpr ledger_identity whose{{0xab, 0xcd}, 1, 2};
constexpr std::string_view with_identity =
    "seckill journal 2 fleet 00000000000000ab00000000000000cd shard 1 of 2 layout 1\n";

class data_directory_test : public ::testing::Test {
 protected:
  [[nodiscard]] result<data_directory> open() const { return data_directory::open(path(), "journal", 2); }
  [[nodiscard]] std::filesystem::path path() const { return root_ / "journal"; }
  [[nodiscard]] std::string format() const {
    std::ostringstream text;
    text << std::ifstream(path() / "FORMAT").rdbuf();
    return text.str();
  }
  void write_format(std::string_view text) const {
    std::filesystem::create_directories(path());
    std::ofstream(path() / "FORMAT", std::ios::trunc) << text;
  }

  temporary_directory root_;
};

TEST_F(data_directory_test, that_is_new_belongs_to_nobody) {
  EXPECT_EQ(open().value().identity(), std::nullopt);
  EXPECT_EQ(format(), "seckill journal 2\n");
  EXPECT_EQ(open().value().identity(), std::nullopt);
}

TEST_F(data_directory_test, states_whose_it_is) {
  ASSERT_TRUE(open().value().adopt(whose));
  EXPECT_EQ(format(), with_identity);
  auto opened = open().value();
  EXPECT_EQ(opened.identity(), whose);
  EXPECT_TRUE(opened.adopt(whose)) << "the same once more";
  EXPECT_EQ(opened.adopt({{0xab, 0xce}, 1, 2}).error().code, errc::invalid_argument);
  EXPECT_EQ(format(), with_identity);
}

TEST_F(data_directory_test, of_format_1_becomes_one_of_format_2_once_it_is_adopted) {
  write_format("seckill journal 1\n");
  auto opened = open().value();
  EXPECT_EQ(opened.identity(), ledger_identity{});
  EXPECT_EQ(format(), "seckill journal 1\n") << "opening alone changes nothing";
  ASSERT_TRUE(opened.adopt(whose));
  EXPECT_EQ(format(), with_identity);
}

TEST_F(data_directory_test, with_a_damaged_format_file_is_refused_by_its_name) {
  write_format("seckill journal 2 fleet 0\n");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::corrupt_data);
  EXPECT_NE(refused.error().text.find("FORMAT: damaged"), std::string::npos) << refused.error().text;
}

}  // namespace
}  // namespace seckill::testing
