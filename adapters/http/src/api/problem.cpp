#include "problem.hpp"

#include "json_writer.hpp"

namespace seckill::inline v1::http {

std::string_view status_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void render_problem(std::string& body, const problem& what) {
  json_writer json(body);
  json.open_object();
  json.key("type").text("about:blank");
  json.key("title").text(status_phrase(what.status));
  json.key("status").integer(what.status);
  if (!what.detail.empty()) json.key("detail").text(what.detail);
  if (!what.field.empty()) json.key("field").text(what.field);
  if (what.code) json.key("outcome").text(to_string(*what.code));
  if (what.opens_at_ms != 0) json.key("opens_at_ms").integer(what.opens_at_ms);
  json.close_object();
}

problem invalid_field(std::string field, std::string detail) {
  problem what;
  what.detail = field + ' ' + detail;
  what.field = std::move(field);
  what.code = outcome::invalid_request;
  return what;
}

}  // namespace seckill::inline v1::http
