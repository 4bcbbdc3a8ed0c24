#include "progress.hpp"

#include "report.hpp"

#include <algorithm>
#include <sys/ioctl.h>
#include <unistd.h>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::size_t plain_width = 200;

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col - 1U : 79U;
}

std::string bar_of(std::uint64_t done, std::uint64_t whole) {
  constexpr std::uint64_t cells = 20;
  const std::uint64_t full = whole == 0 ? cells : std::min(cells, done * cells / whole);
  return "[" + std::string(full, '#') + std::string(cells - full, '.') + "] ";
}

}  // namespace

std::string progress_line(const tally& counts, std::uint64_t shoppers, std::uint64_t opening_ns,
                          std::uint64_t now_ns, std::size_t width, bool bar) {
  std::string line;
  if (now_ns < opening_ns) {
    const std::uint64_t tenths = (opening_ns - now_ns) / (ns_per_s / 10);
    line = "the sale opens in " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  } else {
    const std::uint64_t answers = total(counts.reserves);
    const std::uint64_t reserved = count_of(counts.reserves, outcome::reserved);
    if (bar) line += bar_of(counts.arrived, shoppers);
    line += std::to_string(shoppers == 0 ? 100 : counts.arrived * 100 / shoppers) + "% arrived, " +
            grouped(reserved) + " reserved, " + grouped(answers - reserved) + " refused, " +
            grouped(counts.acknowledged_with(fate::paid)) + " paid";
    if (counts.network_errors > 0) line += ", " + grouped(counts.network_errors) + " network errors";
  }
  line.resize(std::min(line.size(), width));
  return line;
}

progress::progress(const tally& counts, std::uint64_t shoppers, std::uint64_t opening_ns)
    : tally_(counts), shoppers_(shoppers), opening_ns_(opening_ns), terminal_(isatty(STDERR_FILENO) == 1) {}

void progress::show(std::uint64_t now_ns) {
  if (!terminal_ && now_ns - shown_ns_ < ns_per_s) return;
  shown_ns_ = now_ns;
  const std::size_t width = terminal_ ? terminal_width() : plain_width;
  const std::string line = progress_line(tally_, shoppers_, opening_ns_, now_ns, width, terminal_);
  std::fprintf(stderr, terminal_ ? "\r%s\x1b[K" : "%s\n", line.c_str());
}

void progress::finish(std::uint64_t now_ns) {
  shown_ns_ = 0;
  show(now_ns);
  if (terminal_) std::fputc('\n', stderr);
}

}  // namespace seckill::crowd
