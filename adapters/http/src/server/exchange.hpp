#pragma once

#include "../api/plan.hpp"
#include "../api/response.hpp"
#include "../api/route.hpp"
#include "stream_shares.hpp"
#include <seckill/command.hpp>
#include <seckill/policy/concurrency_limiter.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace seckill::inline v1::http {

class connection;
class worker;

/// A request on its way to its response. It stands in its connection's line, in the order of arrival, and is
/// filled by whoever knows the answer: the engine, the lookup thread, or the event loop itself.
///
/// Threads: belongs to its worker's, except while another thread fills it, until that thread puts it in the
/// mailbox. It outlives its client: a worker takes it back only when it is filled.
struct exchange {
  enum class form : std::uint8_t {
    answer,  ///< `reply` of a command
    text,    ///< `text`, ready-made
    stream,  ///< an event stream begins; `asked` says of what
    orders,  ///< `text` has the events of the stream's buyer's orders
  };

  worker* home = nullptr;
  connection* owner = nullptr;
  exchange* next = nullptr;       ///< in the line, or among the unused
  exchange* next_mail = nullptr;  ///< in the mailbox

  std::chrono::steady_clock::time_point started;
  route which = route::none;
  form as = form::answer;
  bool ready = false;
  bool http_1_0 = false;
  bool head = false;
  precondition_result condition = precondition_result::holds;  ///< what a read without an entity tag becomes

  answer reply;
  concurrency_limiter::permit permit;  ///< of a reserve with the engine; empty: none is held
  text_response text;
  query asked;
  stream_shares::seat seat;                        ///< of a stream that is about to begin
  std::shared_ptr<const sale_definition> created;  ///< of a create_sale: what its answer shows
};

}  // namespace seckill::inline v1::http
