#pragma once

#include "../api/request.hpp"
#include "exchange.hpp"

namespace seckill::inline v1::http {

class connection;
class worker;

/// Does what a request asks for: answers at once, or puts an exchange in the connection's line and sees that
/// it will be filled. `from` need not outlive the call.
void handle_request(worker& home, connection& client, const request& from);

/// Turns the answer to a create_sale into the response that shows the sale.
void present_created_sale(worker& home, exchange& answered);

}  // namespace seckill::inline v1::http
