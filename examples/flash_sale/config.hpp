#pragma once

#include "demo_sale.hpp"
#include <seckill/engine_params.hpp>
#include <seckill/http/http_server_params.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace flash_sale {

/// Everything that the program can be told.
struct config {
  seckill::http_server_params http;
  seckill::engine_params engine;
  std::uint32_t shards = 1;
  std::string data_directory = "data";
  std::string operator_token_file;  ///< default: operator.token in the data directory
  std::string site_directory;
  std::string port_file;
  demo_sale_params sale;
};

using environment = std::map<std::string, std::string, std::less<>>;

/// Reads flags, then SECKILL_* variables, then the file given with --config; the first that says something
/// about an option wins. Refuses unknown flags, variables and keys, and every value out of its range, by
/// name.
///
/// Or the exit status of a command line that was answered (--help: 0) or refused (2); what there is to say
/// has been printed.
[[nodiscard]] std::variant<config, int> read_config(int argc, const char* const* argv,
                                                    const environment& variables);

/// The process's SECKILL_* variables.
[[nodiscard]] environment variables_of_process();

}  // namespace flash_sale
