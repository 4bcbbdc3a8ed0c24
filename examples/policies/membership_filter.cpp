// A million requests for ids that were never given out, among them requests for a thousand that were. The database is
// asked for the latter, and for about one in two hundred of the others.

#include <seckill/policy/key_hash.hpp>
#include <seckill/policy/membership_filter.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
  seckill::membership_filter filter(seckill::membership_filter_params{});
  if (!filter.may_contain(seckill::key_hash(1))) return 1;  // no list yet: everything passes

  filter.begin_rebuild();  // before the database is listed
  std::vector<std::uint64_t> listed;
  for (std::uint64_t sale = 1; sale <= 1'000; ++sale) listed.push_back(seckill::key_hash(sale));
  if (!filter.finish_rebuild(listed)) return 1;

  // A new sale: first the database has it, then the filter, then its page is linked to.
  filter.insert(seckill::key_hash(1'001));
  if (!filter.may_contain(seckill::key_hash(1'001))) return 1;

  int passed = 0;
  for (std::uint64_t id = 2'000; id < 1'002'000; ++id)
    passed += filter.may_contain(seckill::key_hash(id)) ? 1 : 0;
  std::printf("of 1000000 unknown ids %d reach the database\n", passed);
  return passed < 6'000 ? 0 : 1;
}
