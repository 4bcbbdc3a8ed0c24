#include "api/json_object.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace seckill::http {
namespace {

constexpr std::array<std::string_view, 4> fields = {"id", "n", "t", "list"};
constexpr std::array<std::string_view, 1> element_fields = {"v"};
constexpr std::array<std::string_view, 2> colours = {"red", "green"};

struct reading {
  std::uint64_t id = 0;
  std::int64_t n = 0;
  std::string t;
  std::vector<std::int64_t> list;
  violation first;
};

reading read(std::string_view document) {
  reading got;
  json_tape tape;
  EXPECT_TRUE(tape.parse(document)) << document;
  const field_path root;
  json_object top(tape, 0, root, fields, got.first);
  got.id = top.id("id");
  got.n = top.integer("n", -5, 5);
  got.t = top.text("t", 1, 3);
  top.objects("list", 1, 2, element_fields,
              [&](json_object& each, std::size_t) { got.list.push_back(each.integer("v", 0, 9)); });
  return got;
}

TEST(json_object, a_document_that_fits_is_read) {
  const reading got = read(R"({"list":[{"v":1},{"v":2}],"t":"abc","n":-5,"id":"7"})");
  EXPECT_FALSE(got.first.found()) << got.first.field << got.first.detail;
  EXPECT_EQ(got.id, 7U);
  EXPECT_EQ(got.n, -5);
  EXPECT_EQ(got.t, "abc");
  EXPECT_EQ(got.list, (std::vector<std::int64_t>{1, 2}));
}

TEST(json_object, the_first_violation_names_its_path_and_the_cure) {
  struct misfit {
    const char* document;
    const char* field;
    const char* detail;
  };
  for (const misfit& each : std::vector<misfit>{
           {R"({"n":1,"t":"a","list":[{"v":1}]})", "id", "is missing"},
           {R"({"id":7,"n":1,"t":"a","list":[{"v":1}]})", "id", "decimal string"},
           {R"({"id":"0","n":1,"t":"a","list":[{"v":1}]})", "id", "decimal string"},
           {R"({"id":"7","n":6,"t":"a","list":[{"v":1}]})", "n", "from -5 to 5"},
           {R"({"id":"7","n":1.5,"t":"a","list":[{"v":1}]})", "n", "an integer"},
           {R"({"id":"7","n":"1","t":"a","list":[{"v":1}]})", "n", "an integer"},
           {R"({"id":"7","n":null,"t":"a","list":[{"v":1}]})", "n", "an integer"},
           {R"({"id":"7","n":1,"t":"","list":[{"v":1}]})", "t", "1 to 3 characters"},
           {R"({"id":"7","n":1,"t":"abcd","list":[{"v":1}]})", "t", "1 to 3 characters"},
           {R"({"id":"7","n":1,"t":"a","list":[]})", "list", "1 to 2 objects"},
           {R"({"id":"7","n":1,"t":"a","list":[{"v":1},{"v":1},{"v":1}]})", "list", "1 to 2 objects"},
           {R"({"id":"7","n":1,"t":"a","list":{"v":1}})", "list", "an array"},
           {R"({"id":"7","n":1,"t":"a","list":[{"v":1},3]})", "list[1]", "must be an object with: v"},
           {R"({"id":"7","n":1,"t":"a","list":[{"v":10}]})", "list[0].v", "from 0 to 9"},
           {R"({"id":"7","n":1,"t":"a","list":[{"v":1,"w":1}]})", "list[0].w",
            "is not known here; the fields are: v"},
           {R"({"id":"7","id":"7","n":1,"t":"a","list":[{"v":1}]})", "id", "must be given once"},
           {R"({"id":"x","typo":1})", "typo", "is not known here"},
           {R"([])", "", "must be an object"},
       }) {
    const reading got = read(each.document);
    EXPECT_EQ(got.first.field, each.field) << each.document;
    EXPECT_NE(got.first.detail.find(each.detail), std::string::npos) << each.document << got.first.detail;
  }
}

TEST(json_object, an_invented_name_is_shown_short_and_printable) {
  const reading got = read("{\"" + std::string(1'000, 'x') + "\":1}");
  EXPECT_EQ(got.first.field.size(), 40U);
  EXPECT_EQ(read(R"({"a\u0000\n\u00e9":1})").first.field, "a????");
}

TEST(json_object, a_choice_is_its_index) {
  json_tape tape;
  violation first;
  const field_path root;
  ASSERT_TRUE(tape.parse(R"({"t":"green"})"));
  EXPECT_EQ(json_object(tape, 0, root, fields, first).choice("t", colours), 1U);
  ASSERT_TRUE(tape.parse(R"({"t":"blue"})"));
  json_object(tape, 0, root, fields, first).choice("t", colours);
  EXPECT_EQ(first.detail, "must be one of: red, green");
}

}  // namespace
}  // namespace seckill::http
