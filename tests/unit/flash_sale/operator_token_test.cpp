#include "operator_token.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <sys/stat.h>

namespace flash_sale {
namespace {

namespace fs = std::filesystem;

class operator_token : public testing::Test {
 protected:
  operator_token() {
    std::string name = (fs::temp_directory_path() / "seckill_token_XXXXXX").string();
    directory_ = mkdtemp(name.data());
    file_ = (directory_ / "operator.token").string();
  }
  ~operator_token() override { fs::remove_all(directory_); }

  void write(std::string_view text, fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) const {
    std::ofstream(file_) << text;
    fs::permissions(file_, mode);
  }

  fs::path directory_;
  std::string file_;
};

TEST_F(operator_token, is_made_once_for_its_owner_alone) {
  const auto made = read_or_make_token(file_);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->size(), 48U);
  struct stat about {};
  ASSERT_EQ(stat(file_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_EQ(read_or_make_token(file_).value(), *made);
}

TEST_F(operator_token, two_shops_have_two) {
  const auto one = read_or_make_token(file_);
  const auto other = read_or_make_token(file_ + ".other");
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
}

TEST_F(operator_token, a_file_that_everybody_may_read_is_refused_with_the_cure) {
  write("0123456789abcdef\n", fs::perms::owner_read | fs::perms::others_read);
  const auto refused = read_or_make_token(file_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("chmod o= " + file_), std::string::npos) << refused.error().text;
}

TEST_F(operator_token, what_is_no_token_is_refused_and_not_repeated) {
  for (const std::string_view text : {"", "short\n", "with spaces in between it\n"}) {
    write(text);
    const auto refused = read_or_make_token(file_);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().text.find("spaces in between"), std::string::npos);
  }
}

TEST_F(operator_token, a_place_that_cannot_be_written_is_said) {
  const auto refused = read_or_make_token((directory_ / "no" / "such" / "place").string());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("--operator-token-file"), std::string::npos);
}

}  // namespace
}  // namespace flash_sale
