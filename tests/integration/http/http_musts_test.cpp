#include "shop_server.hpp"
#include <seckill/http/static_site.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>
#include <yaml-cpp/yaml.h>

namespace seckill {
namespace {

using testing::http_client;
using testing::http_response;
using testing::shop_server;

YAML::Node list_of_musts() { return YAML::LoadFile(SECKILL_SOURCE_DIR "/tests/integration/http/musts.yaml"); }

/// The elements of a list, none if there is no such list.
std::vector<YAML::Node> elements(const YAML::Node& of, const char* name) {
  if (!of[name]) return {};
  return {of[name].begin(), of[name].end()};
}

/// What every response must be, whatever it answers.
void hold_against_general_rules(const http_response& got) {
  if (got.status < 200) return;
  static const std::regex imf_fixdate(
      "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
      "[0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT");
  EXPECT_TRUE(std::regex_match(got.field("date"), imf_fixdate)) << got.field("date");
  EXPECT_EQ(got.field("transfer-encoding"), "");
  EXPECT_EQ(got.field("allow").empty(), got.status != 405);
  EXPECT_EQ(got.field("www-authenticate").empty(), got.status != 401);
  std::set<std::string> names;
  for (const auto& [name, value] : got.fields) {
    EXPECT_TRUE(names.insert(name).second) << name << " comes twice";
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << name;
  }
}

class http_musts : public ::testing::Test {
 protected:
  void run(const YAML::Node& test) {
    const shop_server& shop = test["at"] ? stranger_shop_ : shop_;
    const std::string bytes = bytes_of(test["send"].Scalar(), test["at"] ? stranger_sale_ : sale_);
    SCOPED_TRACE(::testing::PrintToString(bytes));
    http_client client = shop.connect();
    client.send(bytes);
    http_response last;
    for (const auto& status : test["gets"]) {
      const auto got = client.receive(bytes.starts_with("HEAD "));
      ASSERT_TRUE(got) << "closed instead of " << status.Scalar();
      EXPECT_EQ(got->status, status.as<int>()) << got->body;
      hold_against_general_rules(*got);
      last = *got;
    }
    if (test["with"]) {
      for (const auto& each : test["with"])
        EXPECT_EQ(last.field(each.first.Scalar()), each.second.Scalar()) << each.first.Scalar();
    }
    if (test["then"].Scalar() == "closed") {
      EXPECT_EQ(last.field("connection"), "close");
      EXPECT_TRUE(client.closed_by_server()) << "it sent more, or a body where none may be";
    } else {
      EXPECT_NE(last.field("connection"), "close");
      client.send(shop_server::request_text("GET", "/api/v1/time", "", ""));
      EXPECT_EQ(client.receive().value_or(http_response{}).body, R"({"now_ms":1000000})");
    }
  }

 private:
  static http_server_params trusting_nobody() {
    http_server_params params = shop_server::quick();
    params.admission.trusted_proxies.clear();
    return params;
  }

  static std::string bytes_of(std::string text, const std::string& sale) {
    const std::string order = R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})";
    const std::map<std::string, std::string> known = {
        {"{key}", shop_server::fresh_key()},
        {"{sale}", sale},
        {"{buy}", "Content-Length: " + std::to_string(order.size()) + "\r\n\r\n" + order}};
    for (const auto& [name, value] : known) {
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
        text.replace(at, name.size(), value);
    }
    return text;
  }

  result<static_site> site_ =
      static_site::load({.directory = SECKILL_SOURCE_DIR "/examples/flash_sale/site"});
  shop_server shop_{shop_server::quick(), 1, &*site_};
  shop_server stranger_shop_{trusting_nobody(), 1, &*site_};
  std::string sale_ = shop_.open_sale(1'000);
  std::string stranger_sale_ = stranger_shop_.open_sale(1'000);
};

TEST_F(http_musts, every_case_of_the_list_is_answered_as_demanded) {
  std::size_t cases = 0;
  for (const YAML::Node& entry : list_of_musts()) {
    SCOPED_TRACE(entry["section"].Scalar() + ": " + entry["must"].Scalar());
    for (const YAML::Node& test : elements(entry, "cases")) {
      ++cases;
      ASSERT_TRUE(test["send"] && test["gets"] && test["then"]);
      run(test);
    }
  }
  EXPECT_GT(cases, 200U);
}

/// "suite.name" of every test in these files.
std::set<std::string> tests_in(const std::string& directory) {
  static const std::regex definition(R"(TEST(?:_F|_P)?\((\w+), (\w+)\))");
  std::set<std::string> all;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    std::ifstream from(file.path());
    const std::string text{std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at)
      all.insert(at->str(1) + '.' + at->str(2));
  }
  return all;
}

TEST(http_must_list, every_demand_is_tested_or_does_not_apply) {
  std::set<std::string> known = tests_in(SECKILL_SOURCE_DIR "/tests/unit/http");
  known.merge(tests_in(SECKILL_SOURCE_DIR "/tests/integration/http"));
  for (const YAML::Node& entry : list_of_musts()) {
    const std::string name = entry["section"].Scalar() + ": " + entry["must"].Scalar();
    EXPECT_TRUE(std::regex_search(entry["section"].Scalar(), std::regex("^RFC 911[02] [0-9]"))) << name;
    EXPECT_TRUE(!elements(entry, "cases").empty() || !elements(entry, "tests").empty() || entry["not"])
        << name;
    for (const YAML::Node& test : elements(entry, "tests"))
      EXPECT_TRUE(known.contains(test.Scalar())) << name << ": there is no " << test.Scalar();
    for (const auto& key : entry) {
      static const std::set<std::string> keys = {"section", "must", "cases", "tests", "not"};
      EXPECT_TRUE(keys.contains(key.first.Scalar())) << name << ": " << key.first.Scalar();
    }
  }
}

}  // namespace
}  // namespace seckill
