#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>

namespace seckill::inline v1::http {

/// Asio's types bound to the one kind of executor that is used here, so that nothing is type-erased on the
/// hot path.
using executor_type = boost::asio::io_context::executor_type;
using timer_type =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, executor_type>;
using boost::system::error_code;

}  // namespace seckill::inline v1::http
