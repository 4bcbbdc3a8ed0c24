#include "render_answer.hpp"

#include "json_writer.hpp"
#include "outcome_status.hpp"

namespace seckill::inline v1::http {

void render_answer(std::string& body, const answer& reply) {
  json_writer json(body);
  json.open_object();
  json.key("outcome").text(to_string(reply.code));
  if (reply.reservation != reservation_id{}) json.key("reservation_id").id(to_integer(reply.reservation));
  if (reply.sale != sale_id{}) json.key("sale_id").id(to_integer(reply.sale));
  if (reply.at_ms != 0) {
    if (reply.code == outcome::reserved) json.key("expires_at_ms").integer(reply.at_ms);
    if (reply.code == outcome::all_held) json.key("retry_at_ms").integer(reply.at_ms);
    if (reply.code == outcome::sale_not_open) json.key("opens_at_ms").integer(reply.at_ms);
  }
  if (is_success(reply.code) || reply.replayed) json.key("replayed").boolean(reply.replayed);
  json.close_object();
}

void append_answer(std::string& out, const answer& reply, route which, time_ms now, const framing& frame,
                   std::string& body) {
  body.clear();
  render_answer(body, reply);
  response_head head;
  head.status = status_of(reply, which);
  head.retry_after_s = retry_after_s(reply, now);
  append_response(out, head, frame, body);
}

}  // namespace seckill::inline v1::http
