#include <seckill/rocksdb/rocksdb_errc.hpp>

#include <string>

namespace seckill::inline v1 {
namespace {

class rocksdb_errors final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "seckill.rocksdb"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<rocksdb_errc>(value)) {
      case rocksdb_errc::busy:
        return "RocksDB is busy";
      case rocksdb_errc::refused:
        return "RocksDB refused";
      case rocksdb_errc::stopped:
        return "RocksDB stopped after a background failure";
      case rocksdb_errc::unknown:
        return "RocksDB failed";
    }
    return "unknown error";
  }

  [[nodiscard]] boost::system::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<rocksdb_errc>(value)) {
      case rocksdb_errc::busy:
        return make_error_condition(failure::retryable);
      case rocksdb_errc::refused:
        return make_error_condition(failure::permanent);
      case rocksdb_errc::stopped:
      case rocksdb_errc::unknown:
        break;
    }
    return make_error_condition(failure::outcome_unknown);
  }
};

}  // namespace

const boost::system::error_category& rocksdb_category() noexcept {
  static const rocksdb_errors category;
  return category;
}

}  // namespace seckill::inline v1
