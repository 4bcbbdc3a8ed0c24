// The order in which answers apply is one: in command.hpp, in the pages, and in what the ledger does.
#include "tests/support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace seckill {
namespace {

using namespace testing;

using outcomes = std::vector<outcome>;

// --- what is written ---

std::string read(const std::string& path) {
  std::ifstream file(std::string(SECKILL_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find(to, begin + from.size()) - begin);
}

/// The outcomes that a text names, in order.
outcomes named_in(const std::string& text) {
  outcomes found;
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = text.begin(); at != text.end();) {
    const auto end = std::find_if_not(at, text.end(), is_word);
    if (const auto code = outcome_from_string(std::string(at, end))) found.push_back(*code);
    at = std::find_if(end, text.end(), is_word);
  }
  return found;
}

outcomes in_header(const std::string& command) {
  const std::string before =
      between(read("include/seckill/command.hpp"), "", "struct " + command + "_command {");
  const std::string list = before.substr(before.rfind("first that applies:"));
  return named_in(list.substr(0, list.find("The late rule")));
}

outcomes in_reference(const std::string& command) {
  const std::string list = between(read("docs/reference/outcomes.md"), "- **" + command + "**:", "\n- **");
  return named_in(list.substr(0, list.find("\n\n")));
}

/// Of the first column of a table.
outcomes in_concepts(const std::string& command) {
  outcomes found;
  const std::string table = between(read("docs/concepts/ledger.md"), "**" + command + "**", "\n\n**");
  for (std::size_t row = table.find("\n| `"); row != std::string::npos; row = table.find("\n| `", row + 1)) {
    const outcomes cell = named_in(table.substr(row, table.find(" | ", row + 4) - row));
    found.insert(found.end(), cell.begin(), cell.end());
  }
  return found;
}

TEST(precedence, header_and_pages_say_the_same) {
  for (const char* command :
       {"reserve", "confirm", "cancel", "cancel_request", "create_sale", "restock", "switch_sale"}) {
    EXPECT_FALSE(in_header(command).empty()) << command;
    EXPECT_EQ(in_header(command), in_reference(command)) << command;
  }
  EXPECT_EQ(in_concepts("reserve"), in_reference("reserve"));
  EXPECT_EQ(in_concepts("confirm"), in_reference("confirm"));
}

/// Which of `apply` the documented order names first.
outcome first_of(const std::string& command, const outcomes& apply) {
  for (const outcome each : in_reference(command))
    if (std::ranges::find(apply, each) != apply.end()) return each;
  return {};
}

// --- reserve: every combination of what can stand against it ---

enum class known {
  no,
  accepted,
  overtaken,
  used_otherwise,
};
enum class stock {
  plenty,
  some,
  held,
  sold,
};

struct reserve_scene {
  known request;
  bool malformed;
  bool unknown_sale;
  sale_switch position;
  int hours;  // -1: before, 0: open, 1: over
  bool unknown_sku;
  bool over_limit;
  stock left;
};

constexpr std::uint32_t limit = 3;
constexpr sku_id wanted{1};
constexpr sku_id other{2};
const request_id request = req(42);

std::vector<reserve_scene> reserve_scenes() {
  std::vector<reserve_scene> all;
  for (const known request_is : {known::no, known::accepted, known::overtaken, known::used_otherwise})
    for (const sale_switch position : {sale_switch::running, sale_switch::paused, sale_switch::closed})
      for (const int hours : {-1, 0, 1})
        for (const stock left : {stock::plenty, stock::some, stock::held, stock::sold})
          for (unsigned bits = 0; bits < 16; ++bits)
            all.push_back({request_is, (bits & 1U) != 0, (bits & 2U) != 0, position, hours, (bits & 4U) != 0,
                           (bits & 8U) != 0, left});
  return all;
}

void prepare(shop& s, sale_id sale, const reserve_scene& scene) {
  if (scene.request == known::accepted) (void)s.reserve(sale, 1, {{wanted, 2}}, request);
  if (scene.request == known::used_otherwise) (void)s.reserve(sale, 1, {{other, 1}}, request);
  if (scene.request == known::overtaken) (void)s.cancel_request(sale, request);
  if (scene.left != stock::plenty) {
    const std::uint32_t available = s.stock(sale).available;
    const auto rest = s.reserve(sale, 9, {{wanted, 1}}).reservation;
    for (std::uint32_t i = 0; i + (scene.left == stock::some ? 2U : 1U) < available; ++i) {
      const auto held = s.reserve(sale, 10 + i, {{wanted, 1}}).reservation;
      if (scene.left == stock::sold) (void)s.confirm(held, "paid");
    }
    if (scene.left == stock::sold) (void)s.confirm(rest, "paid");
  }
  if (scene.position != sale_switch::running) (void)s.turn(sale, scene.position);
}

/// Everything that stands against the reserve, each for itself.
outcomes against(const reserve_scene& scene) {
  outcomes all;
  const bool same = !scene.unknown_sale && !scene.unknown_sku && !scene.over_limit;
  if (scene.malformed) all.push_back(outcome::invalid_request);
  if (scene.request == known::accepted) all.push_back(same ? outcome::reserved : outcome::request_mismatch);
  if (scene.request == known::used_otherwise) all.push_back(outcome::request_mismatch);
  if (scene.request == known::overtaken)
    all.push_back(scene.unknown_sale ? outcome::request_mismatch : outcome::already_cancelled);
  if (scene.unknown_sale) all.push_back(outcome::sale_not_found);
  if (scene.position == sale_switch::closed || scene.hours > 0) all.push_back(outcome::sale_closed);
  if (scene.position == sale_switch::paused) all.push_back(outcome::sale_paused);
  if (scene.hours < 0) all.push_back(outcome::sale_not_open);
  if (scene.unknown_sku) all.push_back(outcome::sku_not_found);
  if (scene.over_limit) all.push_back(outcome::limit_exceeded);
  if (scene.left == stock::some) all.push_back(outcome::insufficient);
  if (scene.left == stock::held) all.push_back(outcome::all_held);
  if (scene.left == stock::sold) all.push_back(outcome::sold_out);
  return all;
}

answer run(const reserve_scene& scene) {
  ledger_params bounds;
  bounds.stock_max = 1'000;
  bounds.remembered_max = 10;
  bounds.tombstone_ttl_ms = 10 * closes;
  shop s(bounds);
  sale_definition definition = sale_of({{1, 6}, {2, 6}}, limit);
  definition.reservation_ttl_ms = 10 * closes;
  const sale_id sale = s.open_sale(definition);
  prepare(s, sale, scene);
  if (scene.hours > 0) s.now = closes;
  basket lines{{wanted, scene.over_limit ? limit + 1 : 2}};
  if (scene.unknown_sku) lines.push_back({sku_id{99}, 1});
  if (scene.malformed) lines.push_back({sku_id{98}, 0});
  return s.reserve(scene.unknown_sale ? sale_id{77} : sale, 1, lines, request);
}

TEST(precedence, reserve_answers_what_is_documented_to_come_first) {
  for (const reserve_scene& scene : reserve_scenes()) {
    if (scene.hours < 0) continue;  // below: nothing can be accepted before the opening
    const outcomes stands = against(scene);
    const outcome expected = stands.empty() ? outcome::reserved : first_of("reserve", stands);
    const answer reply = run(scene);
    ASSERT_EQ(reply.code, expected) << ::testing::PrintToString(static_cast<int>(scene.request))
                                    << scene.malformed << scene.unknown_sale << scene.hours
                                    << scene.unknown_sku << scene.over_limit << " left "
                                    << static_cast<int>(scene.left) << " switch "
                                    << static_cast<int>(scene.position);
    ASSERT_EQ(reply.replayed, expected == outcome::reserved && scene.request == known::accepted);
  }
}

TEST(precedence, before_the_opening_reserve_answers_what_is_documented_to_come_first) {
  for (reserve_scene scene : reserve_scenes()) {
    if (scene.hours >= 0 || scene.left != stock::plenty || scene.request == known::accepted ||
        scene.request == known::used_otherwise)
      continue;
    shop s;
    s.now = opens - 1;
    const sale_id sale = s.open_sale(sale_of({{1, 6}, {2, 6}}, limit));
    prepare(s, sale, scene);
    basket lines{{wanted, scene.over_limit ? limit + 1 : 2}};
    if (scene.unknown_sku) lines.push_back({sku_id{99}, 1});
    if (scene.malformed) lines.push_back({sku_id{98}, 0});
    const answer reply = s.reserve(scene.unknown_sale ? sale_id{77} : sale, 1, lines, request);
    ASSERT_EQ(reply.code, first_of("reserve", against(scene)));
  }
}

// --- confirm ---

enum class settled {
  never_made,
  held,
  paid_by_this,
  paid_by_another,
  unfulfilled_by_this,
  cancelled,
  late_with_stock,
  late_without_stock,
};

/// Everything that applies to the confirm, each for itself.
outcomes applying(settled state, bool malformed, bool too_much) {
  outcomes all;
  if (malformed) all.push_back(outcome::invalid_request);
  switch (state) {
    case settled::never_made:
      all.push_back(outcome::reservation_not_found);
      break;
    case settled::held:
      all.push_back(too_much ? outcome::invalid_request : outcome::confirmed);
      break;
    case settled::paid_by_this:
      all.push_back(outcome::confirmed);
      break;
    case settled::paid_by_another:
      all.push_back(outcome::payment_mismatch);
      break;
    case settled::unfulfilled_by_this:
      all.push_back(outcome::unfulfilled);
      break;
    case settled::cancelled:
      all.push_back(outcome::already_cancelled);
      break;
    case settled::late_with_stock:
      all.push_back(too_much ? outcome::invalid_request : outcome::confirmed_late);
      break;
    case settled::late_without_stock:
      all.push_back(too_much ? outcome::invalid_request : outcome::unfulfilled);
      break;
  }
  return all;
}

answer confirm(settled state, bool malformed, bool too_much) {
  shop s;
  const sale_id sale = s.open_sale(sale_of({{1, 2}}));
  const reservation_id mine = s.reserve(sale, 1, {{wanted, 2}}).reservation;
  if (state == settled::paid_by_this) (void)s.confirm(mine, "this");
  if (state == settled::paid_by_another) (void)s.confirm(mine, "another");
  if (state == settled::cancelled) (void)s.cancel(mine);
  const bool late = state >= settled::late_with_stock || state == settled::unfulfilled_by_this;
  if (late) s.now += ttl;
  (void)s.expire();
  if (late && state != settled::late_with_stock) (void)s.reserve(sale, 2, {{wanted, 1}});
  if (state == settled::unfulfilled_by_this) (void)s.confirm(mine, "this");
  basket keep;
  if (too_much) keep.push_back({wanted, 3});
  if (malformed) keep.push_back({sku_id{5}, 0});
  return s.confirm(state == settled::never_made ? reservation_id{999} : mine, "this", keep);
}

TEST(precedence, confirm_answers_what_is_documented_to_come_first) {
  for (int state = 0; state <= static_cast<int>(settled::late_without_stock); ++state) {
    for (unsigned bits = 0; bits < 4; ++bits) {
      const bool malformed = (bits & 1U) != 0;
      const bool too_much = (bits & 2U) != 0;
      EXPECT_EQ(confirm(settled{state}, malformed, too_much).code,
                first_of("confirm", applying(settled{state}, malformed, too_much)))
          << state << malformed << too_much;
    }
  }
}

// --- operators ---

TEST(precedence, operators_commands_answer_what_is_documented_to_come_first) {
  ledger_params bounds;
  bounds.stock_max = 10;
  bounds.remembered_max = 10;
  shop s(bounds);
  const sale_definition ten = sale_of({{1, 10}});
  const auto create = [&](std::uint64_t id, sale_id sale, const sale_definition& definition) {
    return s.books.create_sale({req(id), sale, definition}, s.now, s.journal).code;
  };
  EXPECT_EQ(create(1, sale_id{5}, ten), outcome::applied);
  EXPECT_EQ(create(2, sale_id{5}, ten),
            first_of("create_sale", {outcome::sale_exists, outcome::capacity_exceeded}));
  EXPECT_EQ(
      create(1, sale_id{5}, sale_of({{2, 10}})),
      first_of("create_sale", {outcome::request_mismatch, outcome::sale_exists, outcome::capacity_exceeded}));
  EXPECT_EQ(create(1, sale_id{5}, sale_definition{}),
            first_of("create_sale", {outcome::invalid_request, outcome::request_mismatch}));

  const auto restock = [&](std::uint64_t id, sale_id sale, sku_id sku, std::int64_t delta) {
    return s.books.restock({req(id), sale, sku, delta}, s.now, s.journal).code;
  };
  EXPECT_EQ(
      restock(1, sale_id{6}, sku_id{9}, 1),
      first_of("restock", {outcome::request_mismatch, outcome::sale_not_found, outcome::sku_not_found}));
  EXPECT_EQ(restock(3, sale_id{6}, sku_id{9}, 1),
            first_of("restock", {outcome::sale_not_found, outcome::sku_not_found}));
  EXPECT_EQ(restock(3, sale_id{5}, sku_id{9}, 99),
            first_of("restock", {outcome::sku_not_found, outcome::capacity_exceeded}));
  EXPECT_EQ(restock(3, sale_id{6}, sku_id{9}, 0),
            first_of("restock", {outcome::invalid_request, outcome::sale_not_found}));

  const auto turn = [&](std::uint64_t id, sale_id sale, sale_switch position) {
    return s.books.switch_sale({req(id), sale, position}, s.now, s.journal).code;
  };
  EXPECT_EQ(turn(7, sale_id{5}, sale_switch::closed), outcome::applied);
  EXPECT_EQ(turn(7, sale_id{5}, sale_switch::closed),
            first_of("switch_sale", {outcome::applied, outcome::sale_closed}));
  EXPECT_EQ(turn(7, sale_id{5}, sale_switch::paused),
            first_of("switch_sale", {outcome::request_mismatch, outcome::sale_closed}));
  EXPECT_EQ(turn(8, sale_id{6}, sale_switch{9}),
            first_of("switch_sale", {outcome::invalid_request, outcome::sale_not_found}));
}

}  // namespace
}  // namespace seckill
