// Redis with the script of redis.lua, over hiredis.
#include "sale_bench.hpp"

#include <array>
#include <hiredis/hiredis.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace seckill::rivals {
namespace {

struct free_reply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct free_context {
  void operator()(redisContext* context) const { redisFree(context); }
};
using reply_pointer = std::unique_ptr<redisReply, free_reply>;
using context_pointer = std::unique_ptr<redisContext, free_context>;

reply_pointer checked(redisContext& from, void* reply) {
  reply_pointer owned(static_cast<redisReply*>(reply));
  if (!owned) throw std::runtime_error(std::string("redis: ") + from.errstr);
  if (owned->type == REDIS_REPLY_ERROR)
    throw std::runtime_error("redis: " + std::string(owned->str, owned->len));
  return owned;
}

context_pointer connect_to(const bench_options& options) {
  context_pointer made(redisConnect(options.host.c_str(), options.port));
  if (!made || made->err != 0) throw std::runtime_error("redis: no connection");
  return made;
}

std::string key(sku_id sku, std::string_view what) {
  return "{sku:" + std::to_string(to_integer(sku)) + "}" + std::string(what);
}

class redis_lane final : public lane {
 public:
  redis_lane(context_pointer to, std::string script, time_ms ttl)
      : to_(std::move(to)), script_(std::move(script)), ttl_(std::to_string(ttl)) {
    for (const sku_id sku : {sale_terms::plenty, sale_terms::scarce})
      keys_.at(to_integer(sku)) = {key(sku, ""), key(sku, ":buyers"), key(sku, ":requests"),
                                   key(sku, ":orders")};
  }

  void add(const wish& what, time_ms now) override {
    const std::string request = to_hex(what.request);
    const std::string buyer = std::to_string(to_integer(what.buyer));
    const std::string time = std::to_string(now);
    const auto& keys = keys_.at(to_integer(what.sku));
    const std::array<std::string_view, 12> parts{"EVALSHA", script_, "4",   keys[0], keys[1], keys[2],
                                                 keys[3],   request, buyer, "1",     time,    ttl_};
    std::array<const char*, parts.size()> texts{};
    std::array<std::size_t, parts.size()> lengths{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      texts.at(i) = parts.at(i).data();
      lengths.at(i) = parts.at(i).size();
    }
    redisAppendCommandArgv(to_.get(), static_cast<int>(parts.size()), texts.data(), lengths.data());
  }
  void flush() override {
    for (int done = 0; done == 0;)
      if (redisBufferWrite(to_.get(), &done) != REDIS_OK)
        throw std::runtime_error("redis: the connection broke");
  }
  verdict receive() override {
    void* reply = nullptr;
    redisGetReply(to_.get(), &reply);
    const reply_pointer said = checked(*to_, reply);
    if (said->type != REDIS_REPLY_ARRAY || said->elements == 0)
      throw std::runtime_error("redis: not the script's answer");
    const long long code = said->element[0]->integer;
    if (code < 0 || code > 3) throw std::runtime_error("redis: the sale is not open");
    return static_cast<verdict>(code);
  }
  [[nodiscard]] int descriptor() const override { return to_->fd; }

 private:
  context_pointer to_;
  std::string script_;
  std::string ttl_;
  std::array<std::array<std::string, 4>, 3> keys_;  // by sku
};

class redis_shop final : public shop {
 public:
  explicit redis_shop(const bench_options& options) : options_(options), to_(connect_to(options)) {}

  void open(const sale_terms& terms) override {
    ttl_ms_ = terms.ttl_ms;
    command("FLUSHALL");
    command("SCRIPT FLUSH SYNC");
    script_ = [&] {
      const std::string text = read_file(options_.setup);
      const reply_pointer said =
          checked(*to_, redisCommand(to_.get(), "SCRIPT LOAD %b", text.data(), text.size()));
      return std::string(said->str, said->len);
    }();
    offer(terms, sale_terms::plenty, terms.plenty_stock);
    offer(terms, sale_terms::scarce, terms.scarce_stock);
  }
  std::unique_ptr<lane> connect() override {
    return std::make_unique<redis_lane>(connect_to(options_), script_, ttl_ms_);
  }
  books read(sku_id sku) override {
    books in;
    in.available = number("HGET " + key(sku, "") + " left");
    in.ordered = number("XLEN " + key(sku, ":orders"));
    const reply_pointer counts = command("HVALS " + key(sku, ":buyers"));
    for (std::size_t i = 0; i < counts->elements; ++i) in.counted += std::stoull(counts->element[i]->str);
    return in;
  }

 private:
  reply_pointer command(const std::string& text) {
    return checked(*to_, redisCommand(to_.get(), text.c_str()));
  }
  std::uint64_t number(const std::string& text) {
    const reply_pointer said = command(text);
    return said->type == REDIS_REPLY_INTEGER ? static_cast<std::uint64_t>(said->integer)
                                             : std::stoull(said->str);
  }
  void offer(const sale_terms& terms, sku_id sku, std::uint32_t stock) {
    command("HSET " + key(sku, "") + " opens " + std::to_string(terms.opens_at_ms) + " closes " +
            std::to_string(terms.closes_at_ms) + " limit " + std::to_string(terms.limit_per_buyer) +
            " left " + std::to_string(stock));
  }

  bench_options options_;
  context_pointer to_;
  std::string script_;
  time_ms ttl_ms_ = 0;
};

}  // namespace
}  // namespace seckill::rivals

int main(int argc, char** argv) {
  using namespace seckill::rivals;
  return run_sale_bench(
      argc, argv, [](CLI::App&) {},
      [](const bench_options& options) { return std::make_unique<redis_shop>(options); });
}
