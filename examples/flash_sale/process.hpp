#pragma once

#include <seckill/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unistd.h>

namespace flash_sale {

/// Opens /dev/null for each of the descriptors 0 to 2 that is closed, or the next file that is opened would become
/// standard output or error and get its lines. To be called first of all.
void occupy_standard_descriptors();

/// SIGINT and SIGTERM wait for end_was_asked_for(); a pipe whose reader has gone is an error of its writer and no
/// signal. To be called before any thread is started.
void hold_end_signals();

/// Prints a line, or drops it if that would have to wait for a reader.
void print_line(std::string_view line, int descriptor = STDOUT_FILENO);

/// True if one of them came, now or within `timeout`. A further one ends the process at once.
[[nodiscard]] bool end_was_asked_for(std::chrono::milliseconds timeout);

/// Raises the bound of open files as far as it is allowed to; returns it.
std::uint64_t raise_open_files();

/// Whether a server could listen there now, without listening. Errors: errc::invalid_argument if the address is none,
/// errc::unavailable if it is not this machine's or is in use.
[[nodiscard]] seckill::result<void> check_listening(const std::string& address, std::uint16_t port);

}  // namespace flash_sale
