#include <seckill/memory/memory_record_source.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace seckill::inline v1 {
namespace {

class memory_record_source final : public record_source {
 public:
  explicit memory_record_source(const memory_record_params& params) : params_(params) {}

  result<std::vector<std::optional<stored_record>>> load(std::span<const std::string_view> keys) override {
    std::vector<std::optional<stored_record>> found;
    found.reserve(keys.size());
    const std::shared_lock lock(mutex_);
    for (const std::string_view key : keys) {
      const auto at = records_.find(std::string(key));
      found.push_back(at == records_.end() ? std::nullopt : std::optional(at->second));
    }
    return found;
  }

  result<write_answer> create(std::string_view key, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(std::string(key));
    if (found != records_.end()) return write_answer{write_outcome::already_exists, found->second.version};
    if (records_.size() >= params_.records_max)
      return make_error(errc::storage_full, "memory record source: records_max is reached");
    records_.emplace(key, stored_record{++last_version_, std::string(value)});
    return write_answer{write_outcome::done, last_version_};
  }

  result<write_answer> update(std::string_view key, std::string_view value,
                              std::optional<std::uint64_t> expected) override {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(std::string(key));
    if (const auto refusal = refused(found, expected)) return *refusal;
    found->second = {++last_version_, std::string(value)};
    return write_answer{write_outcome::done, last_version_};
  }

  result<write_answer> remove(std::string_view key, std::optional<std::uint64_t> expected) override {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(std::string(key));
    if (const auto refusal = refused(found, expected)) return *refusal;
    const std::uint64_t removed = found->second.version;
    records_.erase(found);
    return write_answer{write_outcome::done, removed};
  }

 private:
  using record_map = boost::unordered_flat_map<std::string, stored_record>;

  std::optional<write_answer> refused(record_map::iterator at, std::optional<std::uint64_t> expected) {
    if (at == records_.end()) return write_answer{write_outcome::not_found, 0};
    if (expected && *expected != at->second.version)
      return write_answer{write_outcome::version_mismatch, at->second.version};
    return std::nullopt;
  }

  const memory_record_params params_;
  std::shared_mutex mutex_;
  record_map records_;
  std::uint64_t last_version_ = 0;  // of all keys, so that a removed key needs no memory
};

}  // namespace

std::unique_ptr<record_source> make_memory_record_source(const memory_record_params& params) {
  return std::make_unique<memory_record_source>(params);
}

}  // namespace seckill::inline v1
