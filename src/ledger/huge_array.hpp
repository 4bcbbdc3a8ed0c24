#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <type_traits>
#include <utility>

namespace seckill::inline v1 {

// A fixed array of zeroed elements whose memory is reserved at once and touched only as it is used, on huge
// pages where the kernel gives them. Huge pages matter: with 4 KiB pages a random access at 10^7 entries
// costs a TLB miss on top of the cache miss.
template <typename T>
class huge_array {
  static_assert(std::is_trivially_copyable_v<T>, "elements start as zero bytes and are never destroyed");

 public:
  enum class pages {
    huge,
    ordinary
  };

  huge_array() = default;
  explicit huge_array(std::size_t size, pages kind = pages::huge) : size_(size) {
    if (size == 0) return;
    void* at =
        ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    if (kind == pages::huge) ::madvise(at, bytes(), MADV_HUGEPAGE);  // a hint: ordinary pages work as well
    data_ = static_cast<T*>(at);
  }
  huge_array(huge_array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  huge_array& operator=(huge_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~huge_array() {
    if (data_ != nullptr) ::munmap(data_, bytes());
  }

  // Takes all the memory now. REQUIRES: nothing was stored yet.
  void touch() noexcept {
    // The kernel clears what it gives: clearing it again would take as long once more.
    constexpr int populate_write = 23;  // MADV_POPULATE_WRITE, of Linux 5.14; older headers do not have it
    if (::madvise(data_, bytes(), populate_write) != 0) std::memset(static_cast<void*>(data_), 0, bytes());
  }

  [[nodiscard]] T& operator[](std::size_t at) noexcept { return data_[at]; }
  [[nodiscard]] const T& operator[](std::size_t at) const noexcept { return data_[at]; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void prefetch(std::size_t at) const noexcept { __builtin_prefetch(data_ + at, 1); }

 private:
  [[nodiscard]] std::size_t bytes() const noexcept { return size_ * sizeof(T); }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace seckill::inline v1
