#pragma once

#include "json_tape.hpp"
#include "plan.hpp"
#include <seckill/command.hpp>

#include <cstdint>
#include <string_view>
#include <variant>

namespace seckill::inline v1::http {

/// The commands' bodies. Each gives the command, or the 400 that names the first wrong field and the cure.
[[nodiscard]] std::variant<problem, command, query> read_reserve(std::string_view body, request_id key,
                                                                 sale_id sale, json_tape& scratch);
[[nodiscard]] std::variant<problem, command, query> read_confirm(std::string_view body,
                                                                 reservation_id reservation,
                                                                 json_tape& scratch);
[[nodiscard]] std::variant<problem, command, query> read_create_sale(std::string_view body, request_id key,
                                                                     std::uint32_t items_max,
                                                                     json_tape& scratch);
[[nodiscard]] std::variant<problem, command, query> read_restock(std::string_view body, request_id key,
                                                                 sale_id sale, json_tape& scratch);

}  // namespace seckill::inline v1::http
