#include <seckill/testing/faulty_record_source.hpp>

#include <utility>

namespace seckill::inline v1 {
namespace {

class faulty_record_source final : public record_source {
 public:
  faulty_record_source(std::unique_ptr<record_source> inner, std::shared_ptr<fault_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<std::vector<std::optional<stored_record>>> load(std::span<const std::string_view> keys) override {
    return script_->attempt(storage_call::load_records, [&] { return inner_->load(keys); });
  }
  result<write_answer> create(std::string_view key, std::string_view value) override {
    return script_->attempt(storage_call::write_record, [&] { return inner_->create(key, value); });
  }
  result<write_answer> update(std::string_view key, std::string_view value,
                              std::optional<std::uint64_t> expected) override {
    return script_->attempt(storage_call::write_record, [&] { return inner_->update(key, value, expected); });
  }
  result<write_answer> remove(std::string_view key, std::optional<std::uint64_t> expected) override {
    return script_->attempt(storage_call::write_record, [&] { return inner_->remove(key, expected); });
  }

 private:
  std::unique_ptr<record_source> inner_;
  std::shared_ptr<fault_script> script_;
};

}  // namespace

std::unique_ptr<record_source> make_faulty_record_source(std::unique_ptr<record_source> inner,
                                                         std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_record_source>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
