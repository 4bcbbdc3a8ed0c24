#!/usr/bin/python3
"""Shows the simulator's teeth: each deliberate bug below must make it fail.

mutations.py SOURCE_DIR WORK_DIR: builds in WORK_DIR, without assertions, so that only the oracle can notice, the simulator and a
mutant of it for each bug, and runs them. A line that is no longer in the source fails as well: the list must be kept in step
with the code.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

# (file below src/, the code, the bug that replaces it)
MUTATIONS = [
    # The ledger.
    ("ledger/apply.cpp", "    sale.stock[line.item].available += line.kept;\n", ""),  # a unit that comes back is lost
    ("ledger/apply.cpp", "  buyers.take(entry.sale, entry.buyer, units);\n  records.unlink(sale.holds, at);",
     "  records.unlink(sale.holds, at);"),  # the limit is not given back
    ("ledger/apply.cpp", "    sale.stock[item].available -= quantity;\n", ""),  # oversold
    ("ledger/apply.cpp", "    if (units != kept_units) buyers.take(entry.sale, entry.buyer, units - kept_units);\n", ""),
    ("ledger/apply.cpp", "  entry.expires_at_ms = now_ms + bounds.tombstone_ttl_ms;", "  entry.expires_at_ms = now_ms;"),
    ("ledger/apply.cpp", "  entry.digest = digest_of(fact.payment);", "  entry.digest = 1;"),  # a repeated payment is another
    ("ledger/decide.cpp", "where.buyer.units + lines.units() > limit", "where.buyer.units + lines.units() > limit + 1"),
    ("ledger/decide.cpp", "|| !same_content(what, at)) return", ") return"),  # any content replays
    ("ledger/decide.cpp", "    return same_payment ?", "    return true ?"),
    ("ledger/decide.cpp", " && sale.position == sale_switch::running &&", " &&"),  # sells late after the operator stopped
    ("ledger/decide.cpp", "      if (lapsed(records[at])) return {.code = outcome::already_expired, .reservation = reservation};\n", ""),
    ("ledger/decide.cpp", "deadlines.top().deadline_ms <= now_ms", "deadlines.top().deadline_ms <= now_ms + 1"),  # early
    ("ledger/decide.cpp", "      if (next != 0 && records[next].expires_at_ms == due.deadline_ms) continue;\n    }\n    deadlines.pop();",
     "    }\n    deadlines.pop();\n    if (current) continue;"),  # forgets a sale with more holds
    ("ledger/decide.cpp", "const bool crowded = tombstones.count", "const bool crowded = 1 + tombstones.count * 500"),
    ("ledger/operate.cpp", "if (what.delta < 0 && what.delta < -std::int64_t{sales[*sale].stock[*item].available})",
     "if (what.delta < 0 && what.delta < -std::int64_t{sales[*sale].stock[*item].total})"),
    ("ledger/operate.cpp", "  if (sales[*sale].position == sale_switch::closed) return {.code = outcome::sale_closed};\n", ""),
    ("ledger/store.cpp", "      sale.position = static_cast<sale_switch>(stored.position);\n", ""),
    ("ledger/store.cpp", "      state_.remember_operator(each.request, static_cast<std::uint16_t>(each.sale), each.digest);\n", ""),
    ("ledger/store.cpp", "    state_.last_sale = head_.last_sale;\n", ""),
    ("ledger/store.cpp", "state_.last_event_ms = state_.now_ms = head_.last_event_ms;", "state_.last_event_ms = head_.last_event_ms;"),
    ("ledger/apply.cpp", "records.unlink(entry.state == record_state::tombstone ? tombstones : finished, at);", "records.unlink(finished, at);"),
    ("ledger/apply.cpp", "  // Its refund is news: remember it as long as if it had ended now.\n  records.unlink(finished, at);\n  records.push_back(finished, at);\n", ""),
    ("ledger/ledger.cpp", "  return finished.head;\n", "  return finished.tail;\n"),  # forgets the last that ended
    ("ledger/ledger.cpp", "is_reservation(each.state) ? each.buyer : 0", "0"),
    # Events.
    ("event_buffer.cpp", "fact.late ? is_late : 0", "0"),
    ("event_buffer.cpp", "  to.lines(fact.kept, 0);\n", ""),
    ("event_reader.cpp", "  for (std::uint64_t more = flags >> more_lines_shift & 7U; more > 0; --more)", "  for (int more = 0; more > 0;)"),
    # The engine.
    ("engine/shard_commit.cpp", "  if (params_.level == durability::synced) return true;\n", "  if (params_.level == durability::synced) return false;\n"),
    ("engine/shard_commit.cpp", "  if (auto synced = journal_.sync(); !synced) return synced;\n", ""),
    ("engine/shard_commit.cpp", "  if (auto appended = journal_.append(frames_); !appended) return appended;\n",
     "  (void)journal_.append(frames_);\n"),  # acknowledges on hope
    ("engine/shard_apply.cpp", "  if (decided.events.count() > 0 || batches_.in_flight() > 0) return false;",
     "  if (decided.events.count() > 0) return false;"),  # replays overtake what they reveal
    ("engine/shard_apply.cpp", "    board_.accept(reserve->request, reserve->sale, reserve->buyer);\n", "    return;\n"),
    ("engine/shard_commit.cpp", "    if (params_.level == durability::synced) publish(count);\n", ""),  # the board stands still
    ("engine/shard_commit.cpp", "  if (params_.level == durability::written) publish(count);\n", ""),
    ("engine/shard_commit.cpp", "      for (pending_answer& each : answers) each.reply = {.code = outcome::unavailable};\n", ""),
    ("engine/shard_commit.cpp", "  failed_.store(true, std::memory_order_release);\n", ""),  # goes on after a failure
    ("engine/shard_apply.cpp", "    board_.accept(cancel->request);\n", "    return;\n"),
    ("engine/shard_apply.cpp", "queue_.head() != mine.first || ", ""),  # a caller decides what another one sent
    ("engine/shard_apply.cpp", "    board_.accept(restock->request);\n", "    return;\n"),
    ("engine/shard_apply.cpp", "      if (std::exchange(before, each.sale) != each.sale) board_.unsettle(each.sale);\n",
     "      before = each.sale;\n"),  # refuses from before what was told
    ("engine/shard_apply.cpp", "  board_.observe(into.at_ms);\n", ""),
    ("engine/shard_apply.cpp", ", .up_to = durable_sequence()}", "}"),  # a failed shard shows what may be lost
    ("engine/shard_apply.cpp", "  ledger_.emplace(std::move(durable->state));\n  board_.reset(*ledger_);\n",
     "  ledger_.emplace(std::move(durable->state));\n"),
    ("engine/seen_filter.cpp", "    keys_[count++] = hash(each.request);\n", ""),  # a rebuilt filter has forgotten
    ("engine/seen_filter.cpp", "    if (to_integer(each.buyer) != 0) keys_[count++] = hash(each.sale, each.buyer);\n", ""),
    ("engine/shown_sales.cpp", "    if (held > 0 && next_expiry <= now) return {};\n", ""),
    ("engine/shown_sales.cpp", ".unless_at_limit = sale.limit != 0}", ".unless_at_limit = false}"),
    ("engine/shown_sales.cpp", "  sale->next_expiry_ms.store(changes.back().next_expiry_ms, std::memory_order_release);\n", ""),
    ("engine/shown_sales.cpp", "  sale->position.store(changes.back().position, std::memory_order_release);\n", ""),
    ("availability_board.cpp", "  if (state_->seen.may_contain(request)) return std::nullopt;\n", ""),
    ("availability_board.cpp", "    if (settles) state_->shown.settle(batch[0].sale);\n", ""),  # silent for ever
    ("availability_board.cpp", "    if (!std::ranges::binary_search(there, shown)) state_->shown.withdraw(shown);\n", "    (void)shown;\n"),
    ("engine/recovery.cpp", "    if (auto cut = of.cut(found.torn->first_sequence); !cut) return cut;\n", "    return {};\n"),
    ("engine/recovery.cpp", "    if (auto lost = loss(from, last)) return *std::move(lost);\n", "    (void)loss;\n"),
    ("engine/snapshots.cpp", "  for (const journal_cursor& each : *cursors) done_with = std::min(done_with, each.sequence);\n", ""),
    ("engine/snapshots.cpp", "if (stored->size() < params.snapshots_kept || ", "if (stored->empty() || "),
    ("engine/snapshots.cpp", "of.trim(done_with + 1)", "of.trim(done_with + 2)"),
    ("engine/shard_feed.cpp", "journaled_.synced()", "journaled_.written()"),
    ("engine/shard_feed.cpp", "    if (next.sequence <= delivered_) continue;\n", ""),
    ("engine/shard_feed.cpp", "(*oldest)->first_sequence - 1", "(*oldest)->first_sequence"),
    # Time.
    ("engine/time_discipline.cpp", "    if (down < 0 || down > downtime_max_ms_) continue;", "    if (down < 0) continue;"),  # any clock is right
    ("engine/time_discipline.cpp", "    if (down < 0 || down > downtime_max_ms_) continue;", "    if (down > downtime_max_ms_) continue;"),
    ("engine/time_discipline.cpp", "  if (starting_) count_downtime(wall);\n", ""),
    ("engine/time_discipline.cpp", "    starting_ = false;\n    return;", "    return;"),  # later steps are downtime
    ("engine/time_discipline.cpp", "{wall_ms - offset_ms_, wall_ms}", "{wall_ms}"),  # a restart makes a wrong clock right
    ("engine/time_discipline.cpp", "{wall_ms - offset_ms_, wall_ms}", "{wall_ms - offset_ms_}"),
    ("engine/time_discipline.cpp", "if (ahead >= -step_max_ms_ && ahead <= step_max_ms_)", "if (ahead >= -step_max_ms_)"),  # follows any clock
    ("engine/time_discipline.cpp", "if (ahead >= -step_max_ms_ && ahead <= step_max_ms_)", "if (ahead <= step_max_ms_)"),
    ("engine/time_discipline.cpp", "    starting_ = slowed_ = false;\n    slew(ahead);", "    slowed_ = false;\n    slew(ahead);"),
    ("engine/time_discipline.cpp", "wall > segment_.at_ms) {\n    segment_.at_ms = wall;", "wall > segment_.at_ms) {"),  # no way out
    ("engine/time_discipline.cpp", "  starting_ = false;\n  slowed_ = true;\n", "  starting_ = false;\n"),  # does not wait for an accepted clock
    ("engine/time_discipline.cpp", "starting_ ? latest.ledger_ms : wall_ms", "wall_ms"),  # starts before its own journal
    ("engine/time_discipline.cpp", "  segment_.slower = ahead_ms < 0;", "  segment_.slower = false;"),
    ("engine/time_discipline.cpp", "length <= resolution_ms ? 0 : length * 1'000'000", "0"),  # never approaches
    ("engine/time_discipline.cpp", "  segment_.at_ms += progress / 1'000'000;\n", ""),  # each look loses what had passed
    ("engine/time_discipline.cpp", "  segment_.slew_ns = 0;\n}", "}"),  # goes on slewing in an alarm
    # What is stored.
    ("frame.cpp", "  if (stored.checksum != checksum_of(stored, decoded.body))\n    return make_error(errc::corrupt_data, \"frame: checksum mismatch\");\n", ""),
    ("snapshot_format.cpp", "    if (!is_signed(buffer_, sequence_)) return corrupt(sequence_, \"a chunk is damaged\");\n", ""),
    # The journal's model of a disk.
    ("memory/memory_journal.cpp", "  const std::lock_guard lock(disk().mutex);\n  disk().sync();\n  return {};\n", "  return {};\n"),
    ("memory/memory_journal.cpp", "frames.erase(frames.begin(), std::prev(kept));", "frames.erase(frames.begin(), kept);"),
    ("memory/memory_journal.cpp", "  now.frames.erase(now.frames.lower_bound(sequence), now.frames.end());\n",
     "  now.frames.erase(now.frames.upper_bound(sequence), now.frames.end());\n"),
    # The projector.
    ("order_projector.cpp", "  (*paid)->lines = body.kept;\n", ""),
    ("order_projector.cpp", "order_status::pending_payment, order_status::expired);", "order_status::pending_payment, order_status::cancelled);"),
    ("order_projector.cpp", "  (*refused)->payment = body.payment;\n", ""),
    ("order_projector.cpp", "  return price(fact, **paid);\n", "  return {};\n"),
    ("order_projector.cpp", "  position_.reset();\n", ""),  # does not ask the store after a failure
]

# The core once, as it is; then a program for each bug, whose own copy of one file takes the place of the library's.
CMAKE_HEAD = """cmake_minimum_required(VERSION 3.25)
project(mutants LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_FLAGS "-O1 -DNDEBUG")
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(Threads REQUIRED)
file(GLOB sources {source}/src/*.cpp {source}/src/engine/*.cpp {source}/src/ledger/*.cpp {source}/src/memory/*.cpp
  {source}/src/testing/*.cpp {source}/src/policy/*.cpp {source}/tests/simulation/*.cpp)
list(FILTER sources EXCLUDE REGEX "simulat(e_main|ion_test).cpp$|/[a-z_]*rocksdb[a-z_]*.cpp$|permit_pool.cpp$|/order_service.cpp$")
list(FILTER sources EXCLUDE REGEX "/src/policy/([a-su-z]|t[a-gi-z])")  # all but the numbers of threads
add_library(core STATIC ${{sources}})
target_include_directories(core PUBLIC {source}/include {source}/src {source})
target_link_libraries(core PUBLIC Boost::headers Threads::Threads)
add_library(start OBJECT {source}/tests/simulation/simulate_main.cpp)
target_compile_definitions(start PRIVATE SIMULATED_STORAGE=make_memory_storage)
target_link_libraries(start PUBLIC core)
add_executable(simulate $<TARGET_OBJECTS:start>)
target_link_libraries(simulate PRIVATE core)
"""
CMAKE_MUTANT = """add_executable(mutant_{number} {number}/{name} $<TARGET_OBJECTS:start>)
target_include_directories(mutant_{number} PRIVATE {source}/src/{directory})
target_link_libraries(mutant_{number} PRIVATE core)
"""


def finds_nothing(program):
    """In many short lives, nor in some long ones."""
    for seeds, steps in (("600", "1000"), ("100", "4000")):
        try:
            done = subprocess.run([program, "--seed", "1", "--seeds", seeds, "--steps", steps, "--brief"],
                                  capture_output=True, timeout=240, check=False)
        except subprocess.TimeoutExpired:
            return False
        if done.returncode != 0:
            return False
    return True


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")


def main():
    source, work = (pathlib.Path(each).resolve() for each in sys.argv[1:3])
    work.mkdir(parents=True, exist_ok=True)
    project = CMAKE_HEAD.format(source=source)
    gone = []
    for number, (name, code, bug) in enumerate(MUTATIONS, 1):
        original = (source / "src" / name).read_text()
        if original.count(code) != 1:
            gone.append(f"{number} {name}: {' '.join(code.split())[:70]}")
            continue
        path = pathlib.PurePath(name)
        mutant = work / str(number) / path.name
        mutant.parent.mkdir(exist_ok=True)
        text = original.replace(code, bug)
        if not mutant.exists() or mutant.read_text() != text:
            mutant.write_text(text)
        project += CMAKE_MUTANT.format(number=number, name=path.name, directory=path.parent, source=source)
    if gone:
        sys.exit("not in the source, or not once; mend the list:\n" + "\n".join(gone))
    (work / "CMakeLists.txt").write_text(project)
    run("cmake", "-G", "Ninja", "-S", work, "-B", work / "build")
    run("cmake", "--build", work / "build")

    programs = [work / "build/simulate"] + [work / f"build/mutant_{number}" for number in range(1, len(MUTATIONS) + 1)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sound, *missed = pool.map(finds_nothing, programs)
    if not sound:
        sys.exit("the code as it is does not pass: run seckill_simulate")
    for number, ((name, code, _), was_missed) in enumerate(zip(MUTATIONS, missed), 1):
        print(f"{'MISSED' if was_missed else 'caught'} {number:2} {name}: {' '.join(code.split())[:70]}")
    print(f"{len(MUTATIONS) - sum(missed)} of {len(MUTATIONS)} bugs caught")
    sys.exit(1 if any(missed) else 0)


if __name__ == "__main__":
    main()
