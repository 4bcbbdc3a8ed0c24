#include <seckill/error.hpp>

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace seckill::inline v1 {
namespace {

failure kind_of(errc code) noexcept {
  switch (code) {
    case errc::storage_full:
    case errc::read_failed:
    case errc::already_open:
    case errc::injected:
    case errc::unavailable:
    case errc::timed_out:
      return failure::retryable;
    case errc::storage_failed:
      return failure::outcome_unknown;
    case errc::invalid_argument:
    case errc::corrupt_data:
    case errc::missing_data:
    case errc::version_unsupported:
    case errc::capacity_exceeded:
    case errc::not_found:
      return failure::permanent;
  }
  return failure::permanent;
}

class core_errors final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "seckill"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::invalid_argument:
        return "invalid argument";
      case errc::corrupt_data:
        return "corrupt data";
      case errc::missing_data:
        return "missing data";
      case errc::version_unsupported:
        return "version not supported";
      case errc::capacity_exceeded:
        return "capacity exceeded";
      case errc::storage_full:
        return "no space left on the storage";
      case errc::storage_failed:
        return "writing to the storage failed";
      case errc::read_failed:
        return "reading from the storage failed";
      case errc::already_open:
        return "already open";
      case errc::not_found:
        return "not found";
      case errc::injected:
        return "injected failure";
      case errc::unavailable:
        return "unavailable";
      case errc::timed_out:
        return "timed out";
    }
    return "unknown error";
  }

  [[nodiscard]] boost::system::error_condition default_error_condition(int value) const noexcept override {
    return make_error_condition(kind_of(static_cast<errc>(value)));
  }
};

class failure_kinds final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "seckill.failure"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<failure>(value)) {
      case failure::retryable:
        return "nothing happened, a retry may work";
      case failure::outcome_unknown:
        return "it may or may not have happened";
      case failure::permanent:
        return "nothing happened, a retry cannot help";
    }
    return "unknown failure";
  }
};

}  // namespace

const boost::system::error_category& core_category() noexcept {
  static const core_errors category;
  return category;
}

const boost::system::error_category& failure_category() noexcept {
  static const failure_kinds category;
  return category;
}

void throw_exception_from_error(const error& failed, const boost::source_location& where) {
  boost::throw_exception(boost::system::system_error(failed.code, failed.text), where);
}

}  // namespace seckill::inline v1
