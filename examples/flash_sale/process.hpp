#pragma once

#include <chrono>
#include <cstdint>

namespace flash_sale {

/// SIGINT and SIGTERM wait for end_was_asked_for(). To be called before any thread is started.
void hold_end_signals();

/// True if one of them came, now or within `timeout`. A further one ends the process at once.
[[nodiscard]] bool end_was_asked_for(std::chrono::milliseconds timeout);

/// Raises the bound of open files as far as it is allowed to; returns it.
std::uint64_t raise_open_files();

}  // namespace flash_sale
