// MariaDB with the tables and the procedure of mariadb.sql, over libmariadb.
#include "sql_shop.hpp"

#include <cstdlib>
#include <mariadb/mysql.h>
#include <stdexcept>
#include <string>

namespace seckill::rivals {
namespace {

constexpr unsigned deadlock = 1213;

struct close_connection {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
using connection_pointer = std::unique_ptr<MYSQL, close_connection>;

[[noreturn]] void fail(MYSQL& on) { throw std::runtime_error(std::string("mariadb: ") + mysql_error(&on)); }

connection_pointer connect_to(const bench_options& options, const char* database) {
  connection_pointer made(mysql_init(nullptr));
  if (mysql_real_connect(made.get(), options.host.c_str(), "bench", "bench", database, options.port, nullptr,
                         CLIENT_MULTI_STATEMENTS) == nullptr)
    fail(*made);
  return made;
}

class mariadb_lane final : public lane {
 public:
  mariadb_lane(connection_pointer to, bool slots) : to_(std::move(to)), slots_(slots) {}

  void add(const wish& what, time_ms now) override {
    if (!call_.empty()) throw std::runtime_error("mariadb: one request at a time on a connection");
    call_ = "CALL reserve(x'" + to_hex(what.request) + "'," + std::to_string(to_integer(what.sku)) + "," +
            std::to_string(to_integer(what.buyer)) + ",1," + std::to_string(now) + (slots_ ? ",1)" : ",0)");
  }
  void flush() override {
    if (mysql_send_query(to_.get(), call_.data(), call_.size()) != 0) fail(*to_);
  }
  verdict receive() override {
    call_.clear();
    if (mysql_read_query_result(to_.get()) != 0) return failed();
    MYSQL_RES* rows = mysql_store_result(to_.get());
    if (rows == nullptr) return failed();
    const MYSQL_ROW row = mysql_fetch_row(rows);
    const int code = row == nullptr ? -1 : std::atoi(row[0]);
    mysql_free_result(rows);
    if (mysql_next_result(to_.get()) > 0) fail(*to_);  // the status of the call itself
    if (code < 0 || code > 3) throw std::runtime_error("mariadb: the sale is not open");
    return static_cast<verdict>(code);
  }
  [[nodiscard]] int descriptor() const override { return static_cast<int>(mysql_get_socket(to_.get())); }

 private:
  verdict failed() {
    if (mysql_errno(to_.get()) != deadlock) fail(*to_);
    return verdict::failed;
  }

  connection_pointer to_;
  bool slots_;
  std::string call_;
};

class mariadb_shop final : public sql_shop {
 public:
  mariadb_shop(const bench_options& options, std::uint32_t slots)
      : sql_shop(options, slots), to_(connect_to(options, nullptr)) {}

  std::unique_ptr<lane> connect() override {
    return std::make_unique<mariadb_lane>(connect_to(options(), "sale"), split());
  }

 private:
  std::string run(const std::string& text) override {
    std::string last;
    if (mysql_real_query(to_.get(), text.data(), text.size()) != 0) fail(*to_);
    for (int more = 0; more == 0; more = mysql_next_result(to_.get())) {
      MYSQL_RES* rows = mysql_store_result(to_.get());
      if (rows == nullptr) continue;
      if (const MYSQL_ROW row = mysql_fetch_row(rows); row != nullptr) last = row[0];
      mysql_free_result(rows);
    }
    if (mysql_errno(to_.get()) != 0) fail(*to_);
    return last;
  }

  connection_pointer to_;
};

}  // namespace
}  // namespace seckill::rivals

int main(int argc, char** argv) {
  return seckill::rivals::run_sql_bench<seckill::rivals::mariadb_shop>(argc, argv);
}
