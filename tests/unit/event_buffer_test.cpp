#include <seckill/event_buffer.hpp>
#include <seckill/frame.hpp>
#include <seckill/hash.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

namespace seckill {
namespace {

sale_definition two_items() {
  sale_definition sale;
  sale.title = "Midnight drop 午夜";
  sale.opens_at_ms = 1'000;
  sale.closes_at_ms = 9'000;
  sale.reservation_ttl_ms = 500;
  sale.limit_per_buyer = 2;
  sale.late = late_payment::refuse;
  sale.currency = {'C', 'N', 'Y'};
  sale.items = {{sku_id{1}, "phone", 99'900, 100}, {sku_id{2}, "", 0, 0xffffffff}};
  return sale;
}

units_reserved reserve_of(std::uint64_t reservation, basket lines) {
  return {sale_id{7}, reservation_id{reservation}, buyer_id{42}, {0xaaaa, 0xbbbb}, lines};
}

template <typename Fact>
Fact read_back(const event_buffer& events) {
  event_reader reader(events.bytes(), 10, 77);
  event fact;
  EXPECT_TRUE(reader.next(fact).has_value());
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(fact.sequence, 10U);
  EXPECT_EQ(fact.at_ms, 77);
  return std::get<Fact>(fact.body);
}

TEST(event_buffer, sale_created_reads_back) {
  event_buffer events;
  events.append(sale_created{{1, 2}, sale_id{7}, two_items()});

  const auto fact = read_back<sale_created>(events);

  EXPECT_EQ(fact.request, (request_id{1, 2}));
  EXPECT_EQ(fact.sale, sale_id{7});
  EXPECT_EQ(fact.definition.title, "Midnight drop 午夜");
  EXPECT_EQ(fact.definition.closes_at_ms, 9'000);
  EXPECT_EQ(fact.definition.limit_per_buyer, 2U);
  EXPECT_EQ(fact.definition.late, late_payment::refuse);
  EXPECT_EQ(fact.definition.currency, (currency_code{'C', 'N', 'Y'}));
  ASSERT_EQ(fact.definition.items.size(), 2U);
  EXPECT_EQ(fact.definition.items[0].title, "phone");
  EXPECT_EQ(fact.definition.items[0].price_minor, 99'900);
  EXPECT_EQ(fact.definition.items[1].stock, 0xffffffff);
}

TEST(event_buffer, operator_facts_read_back) {
  event_buffer stock;
  stock.append(stock_changed{{1, 2}, sale_id{7}, sku_id{3}, -5});
  event_buffer position;
  position.append(sale_switched{{3, 4}, sale_id{8}, sale_switch::closed});

  EXPECT_EQ(read_back<stock_changed>(stock).delta, -5);
  EXPECT_EQ(read_back<stock_changed>(stock).sku, sku_id{3});
  EXPECT_EQ(read_back<sale_switched>(position).position, sale_switch::closed);
  EXPECT_EQ(read_back<sale_switched>(position).sale, sale_id{8});
}

TEST(event_buffer, baskets_of_every_size_read_back) {
  basket lines;
  for (std::uint32_t i = 1; i <= basket::lines_max; ++i) {
    lines.push_back({sku_id{i * 1000}, 65'535 - i});
    event_buffer events;
    events.append(reserve_of(900, lines));

    const auto fact = read_back<units_reserved>(events);

    EXPECT_EQ(fact.lines, lines);
    EXPECT_EQ(fact.sale, sale_id{7});
    EXPECT_EQ(fact.reservation, reservation_id{900});
    EXPECT_EQ(fact.buyer, buyer_id{42});
    EXPECT_EQ(fact.request, (request_id{0xaaaa, 0xbbbb}));
  }
}

TEST(event_buffer, a_reserve_without_lines_is_refused_by_its_reader) {
  event_buffer events;
  events.append(reserve_of(900, {}));
  event into;
  EXPECT_FALSE(event_reader(events.bytes(), 1, 0).next(into));
}

TEST(event_buffer, payments_of_every_length_read_back) {
  for (std::size_t size = 1; size <= payment_id::size_max; ++size) {
    const auto payment = *payment_id::from(std::string(size, 'p'));
    event_buffer confirmed;
    confirmed.append(reservation_confirmed{reservation_id{5}, payment, {{sku_id{1}, 2}}, true});
    event_buffer unfulfilled;
    unfulfilled.append(payment_unfulfilled{reservation_id{6}, payment});

    const auto fact = read_back<reservation_confirmed>(confirmed);
    EXPECT_EQ(fact.payment, payment);
    EXPECT_TRUE(fact.late);
    EXPECT_EQ(fact.kept, (basket{{sku_id{1}, 2}}));
    EXPECT_EQ(read_back<payment_unfulfilled>(unfulfilled).payment, payment);
  }
}

TEST(event_buffer, a_run_of_single_line_reserves_takes_32_bytes_each) {
  event_buffer events;
  events.append(reserve_of(900, {{sku_id{1}, 1}}));
  const std::size_t first = events.bytes().size();
  for (std::uint64_t i = 1; i <= 100; ++i) events.append(reserve_of(900 + i, {{sku_id{1}, 1}}));

  EXPECT_EQ(events.bytes().size(), first + 100 * 32);

  event_reader reader(events.bytes(), 1, 0);
  event fact;
  for (std::uint64_t i = 0; i <= 100; ++i) {
    ASSERT_TRUE(reader.next(fact).has_value());
    EXPECT_EQ(std::get<units_reserved>(fact.body).reservation, reservation_id{900 + i});
    EXPECT_EQ(std::get<units_reserved>(fact.body).sale, sale_id{7});
  }
  EXPECT_TRUE(reader.done());
}

TEST(event_buffer, mixed_events_keep_their_context_apart) {
  event_buffer events;
  events.append(reserve_of(3, {{sku_id{1}, 1}}));
  events.append(reservation_expired{reservation_id{9}});
  events.append(reservation_cancelled{reservation_id{10}});
  events.append(reserve_forestalled{sale_id{8}, reservation_id{4}, {5, 6}});
  events.append(reserve_of(5, {{sku_id{1}, 1}}));

  event_reader reader(events.bytes(), 1, 0);
  event fact;
  std::vector<event> all;
  while (!reader.done()) {
    ASSERT_TRUE(reader.next(fact).has_value());
    all.push_back(fact);
  }

  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(std::get<reservation_expired>(all[1].body).reservation, reservation_id{9});
  EXPECT_EQ(std::get<reservation_cancelled>(all[2].body).reservation, reservation_id{10});
  EXPECT_EQ(std::get<reserve_forestalled>(all[3].body).sale, sale_id{8});
  EXPECT_EQ(std::get<units_reserved>(all[4].body).sale, sale_id{7});
  EXPECT_EQ(std::get<units_reserved>(all[4].body).reservation, reservation_id{5});
}

TEST(event_reader, any_bytes_are_read_or_refused) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random() % 200);
    for (std::byte& each : bytes) each = static_cast<std::byte>(random());
    if (!bytes.empty()) bytes[0] = static_cast<std::byte>(random() % 11);
    event_reader reader(bytes, 1, 0);
    event fact;
    std::size_t read = 0;
    while (!reader.done() && reader.next(fact).has_value()) ASSERT_LE(++read, bytes.size());
  }
}

constexpr frame_header some_head{.identity = {{0xabcd, 0x1234}, 2, 3},
                                 .term = 7,
                                 .first_sequence = 17,
                                 .at_ms = 123,
                                 .wall_ms = 456,
                                 .previous_checksum = 99};

std::vector<std::byte> some_frame() {
  event_buffer events;
  for (std::uint64_t i = 0; i < 3; ++i) events.append(reserve_of(900 + i, {{sku_id{1}, 1}}));
  std::vector<std::byte> bytes;
  encode_frame(events, some_head, bytes);
  return bytes;
}

// As the last program of format 1 wrote it.
std::vector<std::byte> frame_of_version_1(std::span<const std::byte> body) {
  std::vector<std::byte> bytes(48 + body.size());
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    std::memcpy(bytes.data() + at, &value, size);
  };
  put(0, frame_header::magic, 4);
  put(4, 1, 2);
  put(6, 1, 1);
  put(7, 2, 1);
  put(8, 17, 8);
  put(16, 3, 4);
  put(20, body.size(), 4);
  put(24, 123, 8);
  std::ranges::copy(body, bytes.begin() + 48);
  put(40, xxh64(body, xxh64(std::span(bytes).first(40))), 8);
  return bytes;
}

TEST(frame, reads_back_with_all_that_its_header_says) {
  event_buffer events;
  for (std::uint64_t i = 0; i < 3; ++i) events.append(reserve_of(900 + i, {{sku_id{1}, 1}}));
  std::vector<std::byte> bytes;

  const std::uint64_t checksum = encode_frame(events, some_head, bytes);
  const auto decoded = decode_frame(bytes);

  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(bytes.size(), 88 + events.bytes().size());
  EXPECT_EQ(decoded->header.identity, some_head.identity);
  EXPECT_EQ(decoded->header.first_sequence, 17U);
  EXPECT_EQ(decoded->header.last_sequence(), 19U);
  EXPECT_EQ(decoded->header.at_ms, 123);
  EXPECT_EQ(decoded->header.wall_ms, 456);
  EXPECT_EQ(decoded->header.previous_checksum, 99U);
  EXPECT_EQ(decoded->header.link(), (frame_link{7, checksum}));
  EXPECT_FALSE(decoded->header.is_version_1());
  EXPECT_TRUE(std::ranges::equal(decoded->body, events.bytes()));
}

TEST(frame, of_version_1_is_read) {
  const std::vector<std::byte> body = some_frame();
  const std::vector<std::byte> bytes = frame_of_version_1(std::span(body).subspan(frame_header::size));
  const auto decoded = decode_frame(bytes);

  ASSERT_TRUE(decoded.has_value()) << decoded.error().text;
  EXPECT_TRUE(decoded->header.is_version_1());
  EXPECT_EQ(decoded->header.identity, (ledger_identity{{}, 1, 2}));
  EXPECT_EQ(decoded->header.first_sequence, 17U);
  EXPECT_EQ(decoded->header.count, 3U);
  EXPECT_EQ(decoded->header.at_ms, 123);
  EXPECT_EQ(decoded->header.wall_ms, 123);
  EXPECT_TRUE(std::ranges::equal(decoded->body, std::span(bytes).subspan(48)));
}

TEST(frame, every_flipped_bit_and_every_cut_is_noticed) {
  const std::vector<std::byte> second = some_frame();
  const std::vector<std::byte> first = frame_of_version_1(std::span(second).subspan(frame_header::size));
  for (const std::vector<std::byte>& good : {first, second}) {
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::vector<std::byte> bad = good;
      bad[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_FALSE(decode_frame(bad).has_value()) << "bit " << bit;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
      EXPECT_FALSE(decode_frame(std::span(good).first(size)).has_value()) << "size " << size;
  }
}

TEST(frame, a_header_that_nobody_writes_is_refused) {
  const auto refusal = [](std::size_t at, std::uint64_t value, std::size_t size) {
    std::vector<std::byte> bytes = some_frame();
    std::memcpy(bytes.data() + at, &value, size);
    const std::uint64_t checksum =
        xxh64(std::span(bytes).subspan(frame_header::size), xxh64(std::span(bytes).first(80)));
    std::memcpy(bytes.data() + 80, &checksum, 8);
    const auto decoded = decode_frame(bytes);
    return decoded ? boost::system::error_code() : decoded.error().code;
  };
  EXPECT_EQ(refusal(6, 2, 1), boost::system::error_code()) << "the sum is put right";
  EXPECT_EQ(refusal(4, 0, 2), errc::corrupt_data);
  EXPECT_EQ(refusal(4, 3, 2), errc::version_unsupported);
  EXPECT_EQ(refusal(6, 3, 1), errc::corrupt_data) << "a shard beyond their number";
  EXPECT_EQ(refusal(24, 0, 8), errc::corrupt_data) << "a term of 0";
  EXPECT_EQ(refusal(32, 0, 8), errc::corrupt_data) << "a sequence of 0";
  EXPECT_EQ(refusal(32, std::numeric_limits<std::uint64_t>::max(), 8), errc::corrupt_data);
  EXPECT_EQ(refusal(40, 0, 4), errc::corrupt_data) << "no event";
  EXPECT_EQ(refusal(72, 2, 2), errc::version_unsupported) << "another layout";
}

TEST(frame, of_no_installation_is_refused) {
  std::vector<std::byte> bytes = some_frame();
  std::ranges::fill(std::span(bytes).subspan(8, 16), std::byte{});
  const std::uint64_t checksum =
      xxh64(std::span(bytes).subspan(frame_header::size), xxh64(std::span(bytes).first(80)));
  std::memcpy(bytes.data() + 80, &checksum, 8);
  EXPECT_EQ(decode_frame(bytes).error().code, errc::corrupt_data);
}

TEST(hash, xxh64_agrees_with_the_specification) {
  const auto hash = [](std::string_view text, std::uint64_t seed = 0) {
    return xxh64(std::as_bytes(std::span(text)), seed);
  };
  EXPECT_EQ(hash(""), 0xef46db3751d8e999U);
  EXPECT_EQ(hash("a"), 0xd24ec4f1a98c6e5bU);
  EXPECT_EQ(hash("seckill"), 0xc737aaf0b3cbc1e6U);
  EXPECT_EQ(hash("0123456789abcdef0123456789abcdef0123456789"), 0xa76190c3acf08a1cU);
}

}  // namespace
}  // namespace seckill
