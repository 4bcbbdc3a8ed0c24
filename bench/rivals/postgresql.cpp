// PostgreSQL with the tables and the function of postgresql.sql, over libpq.
#include "sql_shop.hpp"

#include <array>
#include <postgresql/libpq-fe.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::rivals {
namespace {

struct finish_connection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct clear_result {
  void operator()(PGresult* result) const { PQclear(result); }
};
using connection_pointer = std::unique_ptr<PGconn, finish_connection>;
using result_pointer = std::unique_ptr<PGresult, clear_result>;

[[noreturn]] void fail(PGconn& on) {
  throw std::runtime_error(std::string("postgresql: ") + PQerrorMessage(&on));
}

connection_pointer connect_to(const bench_options& options) {
  connection_pointer made(PQconnectdb(
      ("host=" + options.host + " port=" + std::to_string(options.port) +
       " user=postgres dbname=postgres options='-c search_path=sale -c client_min_messages=warning'")
          .c_str()));
  if (PQstatus(made.get()) != CONNECTION_OK) fail(*made);
  return made;
}

/// What an error of the function means.
verdict meaning(PGconn& on, const PGresult& said) {
  const char* state = PQresultErrorField(&said, PG_DIAG_SQLSTATE);
  const std::string_view code = state == nullptr ? "" : state;
  if (code == "SK002") return verdict::limit_exceeded;
  if (code == "SK003") return verdict::sold_out;
  if (code == "40P01" || code == "40001") return verdict::failed;  // deadlock, serialization failure
  fail(on);
}

class postgresql_lane final : public lane {
 public:
  postgresql_lane(connection_pointer to, bool slots) : to_(std::move(to)) {
    const std::string call =
        std::string("SELECT sale.reserve($1, $2, $3, 1, $4, ") + (slots ? "true)" : "false)");
    const result_pointer said(PQprepare(to_.get(), "reserve", call.c_str(), 0, nullptr));
    if (PQresultStatus(said.get()) != PGRES_COMMAND_OK) fail(*to_);
  }

  void add(const wish& what, time_ms now) override {
    if (!asked_.empty()) throw std::runtime_error("postgresql: one request at a time on a connection");
    asked_ = {to_hex(what.request), std::to_string(to_integer(what.sku)),
              std::to_string(to_integer(what.buyer)), std::to_string(now)};
  }
  void flush() override {
    const std::array<const char*, 4> values{asked_[0].c_str(), asked_[1].c_str(), asked_[2].c_str(),
                                            asked_[3].c_str()};
    if (PQsendQueryPrepared(to_.get(), "reserve", static_cast<int>(values.size()), values.data(), nullptr,
                            nullptr, 0) == 0)
      fail(*to_);
  }
  verdict receive() override {
    asked_.clear();
    const result_pointer said(PQgetResult(to_.get()));
    while (const result_pointer rest{PQgetResult(to_.get())}) continue;
    if (PQresultStatus(said.get()) != PGRES_TUPLES_OK) return meaning(*to_, *said);
    const int code = *PQgetvalue(said.get(), 0, 0) - '0';
    if (code < 0 || code > 3) throw std::runtime_error("postgresql: the sale is not open");
    return static_cast<verdict>(code);
  }
  [[nodiscard]] int descriptor() const override { return PQsocket(to_.get()); }

 private:
  connection_pointer to_;
  std::vector<std::string> asked_;
};

class postgresql_shop final : public sql_shop {
 public:
  postgresql_shop(const bench_options& options, std::uint32_t slots)
      : sql_shop(options, slots), to_(connect_to(options)) {}

  std::unique_ptr<lane> connect() override {
    return std::make_unique<postgresql_lane>(connect_to(options()), split());
  }

 private:
  std::string run(const std::string& text) override {
    const result_pointer said(PQexec(to_.get(), text.c_str()));
    const ExecStatusType status = PQresultStatus(said.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(*to_);
    return PQntuples(said.get()) == 0 ? "" : PQgetvalue(said.get(), 0, 0);
  }

  connection_pointer to_;
};

}  // namespace
}  // namespace seckill::rivals

int main(int argc, char** argv) {
  return seckill::rivals::run_sql_bench<seckill::rivals::postgresql_shop>(argc, argv);
}
