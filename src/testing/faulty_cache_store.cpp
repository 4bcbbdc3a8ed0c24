#include <seckill/testing/faulty_cache_store.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

class faulty_cache_store final : public cache_store {
 public:
  faulty_cache_store(std::unique_ptr<cache_store> inner, std::shared_ptr<fault_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<std::vector<cache_lookup>> get(std::span<const std::string_view> keys, time_ns now) override {
    return script_->attempt(storage_call::get_cached, [&] { return inner_->get(keys, now); });
  }
  result<bool> fill(std::string_view key, std::uint64_t lease, const std::optional<stored_record>& record,
                    time_ns ttl_ns, time_ns now) override {
    return script_->attempt(storage_call::fill_cached,
                            [&] { return inner_->fill(key, lease, record, ttl_ns, now); });
  }
  result<void> cancel(std::string_view key, std::uint64_t lease, time_ns now) override {
    return script_->attempt(storage_call::cancel_fill, [&] { return inner_->cancel(key, lease, now); });
  }
  result<void> erase(std::string_view key, time_ns now) override {
    return script_->attempt(storage_call::erase_cached, [&] { return inner_->erase(key, now); });
  }
  result<std::uint64_t> begin_write(std::string_view key, time_ns hold_ns, time_ns now) override {
    return script_->attempt(storage_call::begin_write,
                            [&] { return inner_->begin_write(key, hold_ns, now); });
  }
  result<void> end_write(std::string_view key, std::uint64_t write, time_ns now) override {
    return script_->attempt(storage_call::end_write, [&] { return inner_->end_write(key, write, now); });
  }

 private:
  std::unique_ptr<cache_store> inner_;
  std::shared_ptr<fault_script> script_;
};

}  // namespace

std::unique_ptr<cache_store> make_faulty_cache_store(std::unique_ptr<cache_store> inner,
                                                     std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_cache_store>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
