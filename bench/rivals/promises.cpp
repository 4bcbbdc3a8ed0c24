#include "promises.hpp"

namespace seckill::rivals {
namespace {

class checks {
 public:
  void equal(const std::string& what, std::uint64_t is, std::uint64_t should_be) {
    if (is != should_be)
      broken.push_back(what + " is " + std::to_string(is) + ", not " + std::to_string(should_be));
  }
  void answer(const std::string& what, verdict is, verdict should_be) {
    equal("the answer to " + what, static_cast<std::uint64_t>(is), static_cast<std::uint64_t>(should_be));
  }
  void balanced(const std::string& item, const books& in, std::uint32_t stock, std::uint64_t reserved) {
    equal(item + ": stock less available", stock - in.available, reserved);
    equal(item + ": units in orders", in.ordered, reserved);
    equal(item + ": units in buyers' counts", in.counted, reserved);
  }

  std::vector<std::string> broken;
};

/// A buyer that no run has, with request ids that no run has.
wish of_stranger(std::uint64_t request) {
  return {{~std::uint64_t{0}, request}, buyer_id{1'000'000'007}, sale_terms::plenty};
}

}  // namespace

std::vector<std::string> broken_promises(const sale_terms& terms, const told& said, const ask_once& ask,
                                         const std::function<books(sku_id)>& read) {
  checks of;
  of.balanced("plenty", read(sale_terms::plenty), terms.plenty_stock, said.plenty_reserved);
  of.balanced("scarce", read(sale_terms::scarce), terms.scarce_stock, said.scarce_reserved);
  of.equal("units sold of the scarce item", said.scarce_reserved, terms.scarce_stock);
  if (said.scarce_sold_out == 0) of.broken.push_back("nobody was refused");

  of.answer("the last request again", ask(said.last), verdict::replayed);
  for (std::uint32_t i = 1; i <= terms.limit_per_buyer; ++i)
    of.answer("a buyer within the limit", ask(of_stranger(i)), verdict::reserved);
  of.answer("a buyer above the limit", ask(of_stranger(terms.limit_per_buyer + 1)), verdict::limit_exceeded);
  of.answer("a buyer's first request again", ask(of_stranger(1)), verdict::replayed);
  of.balanced("plenty, afterwards", read(sale_terms::plenty), terms.plenty_stock,
              said.plenty_reserved + terms.limit_per_buyer);
  return of.broken;
}

}  // namespace seckill::rivals
