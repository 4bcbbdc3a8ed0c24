// What must be so at every moment of a simulation.
#include "engine/recovery.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <set>

namespace seckill::testing {
namespace {

order_status status_for(reservation_state state) {
  switch (state) {
    case reservation_state::held:
      return order_status::pending_payment;
    case reservation_state::confirmed:
    case reservation_state::confirmed_late:
      return order_status::paid;
    case reservation_state::cancelled:
      return order_status::cancelled;
    case reservation_state::expired:
      return order_status::expired;
    case reservation_state::unfulfilled:
      return order_status::unfulfilled;
  }
  return {};
}

bool equal(const item_stock& shown, const model::counted_stock& counted) {
  return shown.total == counted.total && shown.available == counted.available && shown.held == counted.held &&
         shown.sold == counted.sold;
}

std::string text_of(const answer& reply) {
  return std::string(to_string(reply.code)) + (reply.replayed ? " replayed" : "") + " at " +
         std::to_string(reply.at_ms);
}

void count(const command& what, const answer& reply, tally& into) {
  into.replays += reply.replayed ? 1U : 0U;
  into.at_limit += reply.code == outcome::limit_exceeded ? 1U : 0U;
  into.late += reply.code == outcome::confirmed_late && !reply.replayed ? 1U : 0U;
  into.refunds += reply.code == outcome::unfulfilled && !reply.replayed ? 1U : 0U;
  const bool done = is_success(reply.code) && !reply.replayed;
  if (const auto* reserve = std::get_if<reserve_command>(&what)) {
    into.baskets += done && reserve->lines.size() > 1 ? 1U : 0U;
    into.forestalled += reply.code == outcome::already_cancelled ? 1U : 0U;
  } else if (const auto* confirm = std::get_if<confirm_command>(&what)) {
    into.partial += done && !confirm->keep.empty() ? 1U : 0U;
  } else if (const auto* restock = std::get_if<restock_command>(&what)) {
    into.restocks += done ? 1U : 0U;
    into.returns += done && restock->delta < 0 ? 1U : 0U;
  }
  into.switches += done && std::holds_alternative<switch_sale_command>(what) ? 1U : 0U;
  into.sales += done && std::holds_alternative<create_sale_command>(what) ? 1U : 0U;
}

}  // namespace

// --- answers ---

command world::in_oracle_terms(const command& what) const {
  const auto translate = [&](reservation_id real) {
    const auto found = oracle_of_.find(real);
    return found == oracle_of_.end() ? reservation_id{0} : found->second;
  };
  command translated = what;
  if (auto* confirm = std::get_if<confirm_command>(&translated))
    confirm->reservation = translate(confirm->reservation);
  if (auto* cancel = std::get_if<cancel_command>(&translated))
    cancel->reservation = translate(cancel->reservation);
  return translated;
}

void world::answered(void* context, const answer& reply) noexcept {
  auto* which = static_cast<ticket*>(context);
  if (!which->owner->going_down_) which->owner->judge(*which, reply);
}

void world::judge(ticket& which, const answer& reply) {
  if (which.reply) return violate("a command was answered twice");
  which.reply = reply;
  ++(which.what ? tally_.answers : tally_.questions);
  if (reply.code == outcome::unavailable) {
    if (!shard_->failed()) violate("unavailable, though nothing failed");
    return;
  }
  if (which.what) {
    if (!which.expected) return violate("answered before it was decided");
    if (!same(reply, *which.expected))
      return violate("answered " + text_of(reply) + ", expected " + text_of(*which.expected));
    count(*which.what, reply, tally_);
  }
  if (which.revealed == std::uint64_t(-1)) return;
  remember_told(which, reply);
  if (which.level == durability::written) {
    if (shard_->journaled().written() < which.revealed) violate("acknowledged as written before it was");
    promised_written_ = std::max(promised_written_, which.revealed);
  }
  if (which.level == durability::synced) {
    if (shard_->journaled().synced() < which.revealed) violate("acknowledged as synced before it was");
    promised_synced_ = std::max(promised_synced_, which.revealed);
  }
}

bool world::same(const answer& got, const answer& expected) {
  if (got.code != expected.code || got.replayed != expected.replayed || got.sale != expected.sale ||
      got.at_ms != expected.at_ms)
    return false;
  const bool named = to_integer(expected.reservation) != 0;
  if (!named) return to_integer(got.reservation) == 0 || got.code == outcome::invalid_request;
  const auto real = real_of_.find(expected.reservation);
  if (real != real_of_.end()) return real->second == got.reservation;
  if (oracle_of_.contains(got.reservation)) return false;  // two reservations with one id
  real_of_[expected.reservation] = got.reservation;
  oracle_of_[got.reservation] = expected.reservation;
  return true;
}

// --- the board ---

// Whoever heard of a change to a sale will not hear of the time before it.
void world::remember_told(const ticket& which, const answer& reply) {
  if (!which.what || !is_success(reply.code) || reply.replayed) return;
  sale_id about = reply.sale;
  if (const auto* reserve = std::get_if<reserve_command>(&*which.what)) about = reserve->sale;
  if (const auto found = oracle_of_.find(reply.reservation); found != oracle_of_.end())
    if (const auto known = oracle_.reservations().find(found->second); known != oracle_.reservations().end())
      about = known->second.sale;
  told_[about] = std::max(told_[about], which.revealed);
}

// The board shows what is durable, so it may lag the oracle; but then it must be right about that state.
void world::judge_refusal(const reserve_command& what, const answer& refusal) {
  ++tally_.refusals;
  tally_.at_limit += refusal.code == outcome::limit_exceeded ? 1U : 0U;
  const auto would_say = [&](model state) {
    state.advance(std::max(now_, observed_));
    state.expire(params_.expire_batch_max);  // as the ledger would have first
    const answer expected = state.reserve(what, reservation_id{next_oracle_id_});
    return expected.code == refusal.code && expected.at_ms == refusal.at_ms && !expected.replayed;
  };
  if (would_say(oracle_)) return;
  const auto told = told_.find(what.sale);
  // A journal that failed takes back what was told at the lowest level.
  const bool binds = told != told_.end() && !shard_->failed();
  const std::uint64_t oldest = std::max(shard_->durable_sequence(), binds ? told->second : 0);
  for (const checkpoint& each : checkpoints_)
    if (each.sequence >= oldest && would_say(each.state)) return;
  violate("the board refused with " + text_of(refusal));
}

bool world::shows(const model& expected) const {
  const availability_board& board = shard_->board();
  if (board.sales() != expected.sales()) return false;
  return std::ranges::all_of(expected.sales(), [&](sale_id sale) {
    const auto shown = board.find_sale(sale);
    if (!shown || shown->position != expected.position(sale) ||
        shown->next_expiry_ms != expected.next_expiry(sale))
      return false;
    for (std::size_t i = 0; i < shown->items.size(); ++i)
      if (!equal(shown->items[i], expected.stock(sale, shown->definition->items[i].sku))) return false;
    return true;
  });
}

// What it shows is the last durable state; at the lowest level, that of the last batch.
void world::compare_board() {
  const auto durable = std::ranges::find(checkpoints_, shard_->durable_sequence(), &checkpoint::sequence);
  if (durable != checkpoints_.end() && shows(durable->state)) return;
  if (params_.level == durability::memory && !rebuilt_ && shows(checkpoints_.back().state)) return;
  violate("the board shows what is neither durable nor decided");
}

// At rest it refuses what is hopeless, but for the requests that its filter takes for known ones: by chance a few.
void world::compare_board_refuses() {
  const time_ms now = std::max(now_, observed_);
  for (const sale_id sale : oracle_.sales()) {
    const time_ms due = oracle_.next_expiry(sale);
    reserve_command hopeless{req(1'000'000), sale, buyer_id{1'000}, {{sku_id{1}, 100}}};
    model state = oracle_;
    state.advance(now);
    if (due != 0 && due <= now) continue;
    if (is_success(state.reserve(hopeless, reservation_id{next_oracle_id_}).code)) continue;
    bool refused = false;
    for (std::uint64_t tries = 20; tries > 0 && !refused; --tries) {
      hopeless.request = req(1'000'000 + random_.below(1'000'000));
      refused = shard_->board().refuse(hopeless, now_).has_value();
    }
    if (!refused) violate("the board lets the hopeless through");
  }
}

// --- the ledger ---

void world::compare(const ledger& books, const model& expected) {
  if (books.sales() != expected.sales()) return violate("sales are lost, or there are others");
  for (const auto& [sale, sku] : expected.items()) {
    const auto view = books.find_sale(sale);
    if (view->position != expected.position(sale)) violate("a sale's switch differs from the oracle's");
    if (!equal(view->items[to_integer(sku) - 1], expected.stock(sale, sku)))
      violate("stock of sku " + std::to_string(to_integer(sku)) + " differs from the oracle's");
  }
  compare_buyers(books, expected);
  for (const auto& [oracle_id, real] : real_of_) {
    const auto found = expected.reservations().find(oracle_id);
    if (found == expected.reservations().end()) continue;  // it came later
    const model::reservation& had = found->second;
    const auto view = books.find(real);
    if (view.has_value() != had.known) violate("a reservation is forgotten, or not, against the bounds");
    if (!view) continue;
    const bool due = had.state == reservation_state::held && books.now_ms() >= had.deadline;
    if (view->state != (due ? reservation_state::expired : had.state) ||
        !model::same(view->lines, had.lines) || view->buyer != had.buyer || view->sale != had.sale ||
        view->request != had.request || view->expires_at_ms != had.deadline)
      violate("reservation " + std::to_string(to_integer(real)) + " differs from the oracle's");
  }
  if (const auto faults = books.audit(); !faults.empty()) violate(faults.front());
}

void world::compare_buyers(const ledger& books, const model& expected) {
  for (const sale_id sale : expected.sales())
    for (std::uint64_t buyer = 1; buyer < workload::buyers; ++buyer)
      if (books.units_of(sale, buyer_id{buyer}) != expected.units_of(sale, buyer_id{buyer}))
        violate("units of buyer " + std::to_string(buyer) + " differ from the oracle's");
}

// Asks and waits for the answer.
void world::compare_state() {
  ask();
  for (int i = 0; i < 4 && !violation_ && !tickets_.empty(); ++i) {
    apply();
    commit();
  }
  if (!violation_ && !tickets_.empty()) violate("a question was not answered");
}

// The journal alone leads to the very same state, whatever snapshots it has.
void world::compare_journal() {
  std::uint64_t hash = 0;
  auto question = std::make_unique<read_request>();
  question->look = [&](const ledger& books) { hash = books.state_hash(); };
  question->then = [](outcome) {};
  if (!shard_->submit(question)) return violate("there is no room to ask");
  apply();
  while (shard_->commit_turn()) continue;
  shard_->sync_turn();
  const auto again = recover(*journal_, {.bounds = params_.ledger});
  if (!again) return violate("the journal cannot be read: " + again.error().text);
  if (again->state.state_hash() != hash) violate("the journal holds another state");
}

// --- the orders ---

void world::compare_orders() {
  order_counts expected{};
  for (const auto& [id, each] : oracle_.reservations()) {
    ++expected[static_cast<std::size_t>(status_for(each.state))];
    tally_.forgotten += each.known ? 0U : 1U;
  }
  const auto counted = orders_->counts();
  if (!counted) return violate("orders: " + counted.error().text);
  if (*counted != expected) return violate("orders and reservations differ in number");
  for (const auto& [oracle_id, real] : real_of_) {
    const model::reservation& reserved = oracle_.reservations().at(oracle_id);
    const auto found = orders_->find(real);
    if (!found || !*found)
      return violate("reservation " + std::to_string(to_integer(real)) + " has no order");
    const order& made = **found;
    if (made.status != status_for(reserved.state) || !model::same(made.lines, reserved.lines) ||
        made.payment.view() != reserved.payment || made.buyer != reserved.buyer ||
        made.sale != reserved.sale || made.request != reserved.request ||
        made.amount_minor != 100 * static_cast<std::int64_t>(reserved.lines.units()))
      return violate("the order of reservation " + std::to_string(to_integer(real)) + " is wrong");
    ++tally_.orders;
  }
}

}  // namespace seckill::testing
