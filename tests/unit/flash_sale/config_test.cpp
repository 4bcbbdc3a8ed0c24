#include "config.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace flash_sale {
namespace {

using seckill::durability;

// What reading came to: the configuration, or the status and what was printed.
struct reading {
  std::variant<config, int> what;
  std::string printed;

  [[nodiscard]] const config& read() const { return std::get<config>(what); }
  [[nodiscard]] int status() const { return std::get<int>(what); }
  [[nodiscard]] bool says(std::string_view text) const { return printed.find(text) != std::string::npos; }
};

reading read(std::vector<std::string> arguments, const environment& variables = {}) {
  std::vector<const char*> argv{"seckill_flash_sale"};
  for (const std::string& each : arguments) argv.push_back(each.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto what = read_config(static_cast<int>(argv.size()), argv.data(), variables);
  return {std::move(what), testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr()};
}

class config_file {
 public:
  explicit config_file(std::string_view text) {
    std::string name = (std::filesystem::temp_directory_path() / "seckill_config_XXXXXX").string();
    ::close(mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << text;
  }
  config_file(const config_file&) = delete;
  config_file& operator=(const config_file&) = delete;
  ~config_file() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(config, says_nothing_dangerous_by_default) {
  const reading plain = read({});
  EXPECT_EQ(plain.read().http.address, "127.0.0.1");
  EXPECT_EQ(plain.read().http.port, 8'080);
  EXPECT_EQ(plain.read().engine.level, durability::synced);
  EXPECT_TRUE(plain.read().engine.ledger.touch_memory) << "a sale would wait for page faults";
  EXPECT_EQ(plain.read().sale.stock, 0U);
  EXPECT_EQ(plain.read().operator_token_file, "data/operator.token");
  EXPECT_TRUE(plain.read().http.operator_token.empty());
}

TEST(config, flags_win_over_variables_and_variables_over_the_file) {
  const config_file file("port = 1001\nstock-max = 2001\nshards = 3\n");
  const environment variables{{"SECKILL_PORT", "1002"}, {"SECKILL_STOCK_MAX", "2002"}};
  const reading all = read({"--config", file.path(), "--port", "1003"}, variables);
  ASSERT_TRUE(std::holds_alternative<config>(all.what)) << all.printed;
  EXPECT_EQ(all.read().http.port, 1'003);
  EXPECT_EQ(all.read().engine.ledger.stock_max, 2'002U);
  EXPECT_EQ(all.read().shards, 3);
}

TEST(config, trusted_proxies_are_a_list_that_can_be_empty) {
  EXPECT_EQ(read({}).read().http.admission.trusted_proxies,
            (std::vector<std::string>{"127.0.0.0/8", "::1/128"}));
  EXPECT_EQ(read({"--trusted-proxies", "10.0.0.0/8,::1"}).read().http.admission.trusted_proxies,
            (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_TRUE(read({"--trusted-proxies", ""}).read().http.admission.trusted_proxies.empty());
  EXPECT_EQ(
      read({}, {{"SECKILL_TRUSTED_PROXIES", "10.0.0.0/8,::1"}}).read().http.admission.trusted_proxies.size(),
      2U);
}

TEST(config, durability_has_three_names) {
  EXPECT_EQ(read({"--durability", "memory"}).read().engine.level, durability::memory);
  EXPECT_EQ(read({"--durability", "written"}).read().engine.level, durability::written);
  const reading wrong = read({"--durability", "eventual"});
  EXPECT_EQ(wrong.status(), 2);
  EXPECT_TRUE(wrong.says("--durability") && wrong.says("synced")) << wrong.printed;
}

TEST(config, every_value_out_of_its_range_is_refused_by_name) {
  for (const char* option : {"--port",           "--io-threads",    "--connections-max", "--drain-timeout-ms",
                             "--sync-every-ms",  "--shards",        "--stock-max",       "--sales-max",
                             "--remembered-max", "--stock",         "--sku-count",       "--opens-in-s",
                             "--open-for-s",     "--ttl-s",         "--limit",           "--price",
                             "--client-rate",    "--client-burst",  "--buyer-rate",      "--buyer-burst",
                             "--in-flight-max",  "--latency-max-ms"}) {
    for (const char* value : {"-1", "99999999999999", "many", ""}) {
      const reading refused = read({std::string(option) + "=" + value});
      ASSERT_TRUE(std::holds_alternative<int>(refused.what)) << option << " " << value;
      EXPECT_EQ(refused.status(), 2) << option << " " << value;
      EXPECT_TRUE(refused.says(option)) << refused.printed;
    }
  }
}

TEST(config, a_wrong_variable_is_refused_by_its_own_name) {
  const reading refused = read({}, {{"SECKILL_PORT", "70000"}});
  EXPECT_EQ(refused.status(), 2);
  EXPECT_TRUE(refused.says("SECKILL_PORT")) << refused.printed;
}

TEST(config, what_is_unknown_is_refused_wherever_it_stands) {
  const config_file file("stok = 5\n");
  const reading by_file = read({"--config", file.path()});
  EXPECT_EQ(by_file.status(), 2);
  EXPECT_TRUE(by_file.says("stok")) << by_file.printed;
  const reading by_flag = read({"--stok=5"});
  EXPECT_EQ(by_flag.status(), 2);
  EXPECT_TRUE(by_flag.says("stok")) << by_flag.printed;
  const reading by_variable = read({}, {{"SECKILL_STOK", "5"}});
  EXPECT_EQ(by_variable.status(), 2);
  EXPECT_TRUE(by_variable.says("SECKILL_STOK")) << by_variable.printed;
}

TEST(config, a_missing_file_is_refused) {
  const reading refused = read({"--config", "/no/such/file"});
  EXPECT_EQ(refused.status(), 2);
  EXPECT_TRUE(refused.says("/no/such/file")) << refused.printed;
}

TEST(config, options_that_do_not_go_together_are_refused) {
  EXPECT_TRUE(read({"--stock=5", "--sku-count=6"}).says("--sku-count"));
  EXPECT_TRUE(read({"--stock=500", "--stock-max=400"}).says("--stock-max"));
  EXPECT_TRUE(read({"--currency=yuan"}).says("--currency"));
  EXPECT_TRUE(read({"--sale-title="}).says("--sale-title"));
}

TEST(config, the_operators_token_comes_from_the_environment_and_is_no_flag) {
  EXPECT_EQ(read({}, {{"SECKILL_OPERATOR_TOKEN", "a-secret-of-some-length"}}).read().http.operator_token,
            "a-secret-of-some-length");
  const reading refused = read({"--operator-token=a-secret-of-some-length"});
  EXPECT_EQ(refused.status(), 2);
}

TEST(config, help_is_answered_and_ends_well) {
  const reading help = read({"--help"});
  EXPECT_EQ(help.status(), 0);
  EXPECT_TRUE(help.says("--durability") && help.says("SECKILL_STOCK_MAX"));
}

}  // namespace
}  // namespace flash_sale
