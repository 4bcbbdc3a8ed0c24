#pragma once

#include "json_tape.hpp"
#include "problem.hpp"
#include "request.hpp"
#include "route.hpp"
#include <seckill/command.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace seckill::inline v1::http {

/// What a request asks to be told. Which fields mean something follows from the route.
struct query {
  std::uint64_t id = 0;     ///< of the path: a sale, reservation or buyer
  std::uint64_t from = 0;   ///< paging: sales after this id, orders before it; 0: from the start
  std::uint32_t limit = 0;  ///< paging: entries wanted
  std::uint64_t sale = 0;   ///< events: of this sale only; 0: of all
  std::uint64_t buyer = 0;  ///< events: this buyer's orders too; 0: none
  bool full = false;        ///< audit: recompute every invariant
  std::string_view file;    ///< site: the last segment; a view into the request's target
};

/// What is to be done for a request: nothing but answer a problem, or give a command to the engine, or look
/// something up.
struct plan {
  route which = route::none;
  std::variant<problem, command, query> what;
};

/// The bounds and secrets that planning needs.
struct plan_params {
  std::string_view operator_token;  ///< empty: every request below /admin is answered 401
  std::uint32_t items_per_sale_max = 1'000;
  std::uint32_t page_size = 50;  ///< entries in a page that does not ask for another number
  std::uint32_t page_size_max = 100;
  bool operations = true;  ///< false: /admin, /metrics and /operator are not there; another listener has them
};

/// From a request to its plan. Pure: the same request gives the same plan, nothing is kept; `scratch` only
/// lends its memory.
[[nodiscard]] plan plan_request(const request& from, const plan_params& params, json_tape& scratch);

}  // namespace seckill::inline v1::http
