#pragma once

#include <seckill/export.hpp>

#include <cstddef>
#include <memory>

namespace seckill::inline v1 {

/// What a memory_order_store writes on: a disk that lives as long as someone holds it, and that tells what a
/// crash leaves. Threads: any.
class SECKILL_EXPORT order_image {
 public:
  order_image();
  order_image(const order_image&) = delete;
  order_image& operator=(const order_image&) = delete;
  ~order_image();

  /// A copy of what is left when the process dies now: everything committed.
  [[nodiscard]] std::shared_ptr<order_image> after_process_crash() const;
  /// A copy of what is left when the machine dies now: what was committed before the last sync.
  [[nodiscard]] std::shared_ptr<order_image> after_machine_crash() const;

  [[nodiscard]] std::size_t order_count() const;

 private:
  friend class memory_order_store;
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
