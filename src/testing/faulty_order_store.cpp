#include <seckill/testing/faulty_order_store.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

class faulty_order_store final : public order_store {
 public:
  faulty_order_store(std::unique_ptr<order_store> inner, std::shared_ptr<fault_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<std::uint64_t> position(std::uint8_t shard) override {
    return script_->attempt(storage_call::read_cursor, [&] { return inner_->position(shard); });
  }
  result<void> commit(std::uint8_t shard, std::uint64_t position, std::span<const order> changed) override {
    return script_->attempt(storage_call::commit, [&] { return inner_->commit(shard, position, changed); });
  }
  result<void> sync() override {
    return script_->attempt(storage_call::sync, [&] { return inner_->sync(); });
  }
  result<std::optional<order>> find(reservation_id reservation) override {
    return script_->attempt(storage_call::find, [&] { return inner_->find(reservation); });
  }
  result<std::vector<order>> of_buyer(buyer_id buyer, std::size_t count_max, reservation_id before) override {
    return script_->attempt(storage_call::find, [&] { return inner_->of_buyer(buyer, count_max, before); });
  }
  result<order_counts> counts() override {
    return script_->attempt(storage_call::find, [&] { return inner_->counts(); });
  }

 private:
  std::unique_ptr<order_store> inner_;
  std::shared_ptr<fault_script> script_;
};

}  // namespace

std::unique_ptr<order_store> make_faulty_order_store(std::unique_ptr<order_store> inner,
                                                     std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_order_store>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
