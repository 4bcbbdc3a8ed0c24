#pragma once

#include "response.hpp"
#include "route.hpp"
#include <seckill/command.hpp>

#include <string>

namespace seckill::inline v1::http {

/// Appends the body of a command's answer: `{"outcome":...}` and what goes with it. Not for a sale that was
/// created (render_sale.hpp).
void render_answer(std::string& body, const answer& reply);

/// Appends the whole response. `now` is the server's time; `body` lends its memory.
void append_answer(std::string& out, const answer& reply, route which, time_ms now, const framing& frame,
                   std::string& body);

}  // namespace seckill::inline v1::http
