#include "operator_token.hpp"

#include "whole_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <string_view>
#include <sys/stat.h>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

namespace {

constexpr std::size_t token_size_min = 16;

bool printable(char each) { return each > ' ' && each <= '~'; }

std::string random_token() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string token(48, '0');
  for (char& each : token) each = digits[random() % digits.size()];
  return token;
}

result<std::string> make_token(const std::string& file) {
  const std::string token = random_token();
  auto written = write_whole_file(file, token + "\n", S_IRUSR | S_IWUSR);
  if (written) return token;
  return make_error(errc::storage_failed,
                    "the operator's token: " + written.error().text + ". Name another --operator-token-file");
}

}  // namespace

result<std::string> read_or_make_token(const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    if (errno == ENOENT) return make_token(file);
    return make_error(errc::read_failed, "the operator's token cannot be read from " + file + ": " +
                                             std::strerror(errno) + ". Name another --operator-token-file");
  }
  if ((about.st_mode & S_IRWXO) != 0) {
    return make_error(errc::invalid_argument,
                      "everybody may read the operator's token in " + file + ". Close it:  chmod o= " + file);
  }
  std::ifstream from(file);
  std::string token;
  std::getline(from, token);
  if (token.size() < token_size_min || !std::ranges::all_of(token, printable)) {
    return make_error(errc::invalid_argument,
                      "the first line of " + file +
                          " is no token: it takes 16 or more printable characters without "
                          "spaces. Remove the file to have one made");
  }
  return token;
}

}  // namespace flash_sale
