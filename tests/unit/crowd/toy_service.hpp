#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>

namespace seckill::crowd {

/// What the toy understands of a request.
struct toy_request {
  std::string_view method;
  std::string_view target;
  std::string_view idempotency_key;
  std::string_view authorization;
  std::string_view body;
};

/// An HTTP service of a few lines on a free loopback port, with one thread, for tests of clients. The handler
/// returns a whole response (see toy_response) or nothing, which closes the connection without an answer.
class toy_service {
 public:
  using handler = std::function<std::string(const toy_request&)>;

  explicit toy_service(handler answer);
  ~toy_service();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void serve();
  void accept_one();
  void read_from(int socket);
  bool answer_all(int socket, std::string& received);
  void drop(int socket);

  handler answer_;
  int listener_ = -1;
  int poll_ = -1;
  int stop_ = -1;
  std::uint16_t port_ = 0;
  std::map<int, std::string> received_;
  std::thread thread_;
};

[[nodiscard]] std::string toy_response(int status, std::string_view body,
                                       std::string_view extra_headers = {});

}  // namespace seckill::crowd
