#include "shop_process.hpp"

#include "tests/support/poll.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace seckill {
namespace {

std::string contents(const std::string& file) {
  std::ifstream from(file);
  return {std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
}

void limit(decltype(RLIMIT_FSIZE) what, std::uint64_t most) {
  const rlimit bound{most, most};
  setrlimit(what, &bound);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& each : texts) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_without_ours() {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with("SECKILL_")) variables.emplace_back(*each);
  }
  return variables;
}

}  // namespace

shop_process::shop_process(shop_params params)
    : params_(std::move(params)), port_file_(params_.data + ".port"), output_file_(params_.data + ".output") {
  start();
  wait_until_serving();
}

shop_process::~shop_process() {
  if (!ended()) kill_hard();
  if (unread_ >= 0) ::close(unread_);
}

/// What becomes the standard output and error of the shop.
int shop_process::open_output() {
  if (params_.output_to == shop_output::full_disk) return ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (params_.output_to == shop_output::file || params_.output_to == shop_output::closed)
    return ::open(output_file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  unread_ = ends[0];
  if (params_.output_to == shop_output::broken_pipe) ::close(std::exchange(unread_, -1));
  return ends[1];
}

void shop_process::start() {
  std::filesystem::remove(port_file_);
  std::vector<std::string> arguments{FLASH_SALE_PROGRAM, "--port=0", "--port-file=" + port_file_,
                                     "--data=" + params_.data};
  arguments.insert(arguments.end(), params_.flags.begin(), params_.flags.end());
  std::vector<std::string> variables = environment_without_ours();
  const auto argv = pointers_to(arguments);
  const auto envp = pointers_to(variables);
  const int output = open_output();
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    // Only what is allowed between fork and exec in a program with threads.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (params_.output_to == shop_output::closed) {
      ::close(STDOUT_FILENO);
      ::close(STDERR_FILENO);
    }
    if (params_.file_size_max) {
      signal(SIGXFSZ, SIG_IGN);
      limit(RLIMIT_FSIZE, *params_.file_size_max);
    }
    if (params_.open_files_max) limit(RLIMIT_NOFILE, *params_.open_files_max);
    execve(argv.front(), argv.data(), envp.data());
    _exit(127);
  }
  ::close(output);
}

void shop_process::wait_until_serving() {
  std::string port;
  const auto told = [&] { return (port = contents(port_file_)).ends_with('\n'); };
  static_cast<void>(poll_until([&] { return told() || ended(); }, params_.killed_after.value_or(patience)));
  if (params_.killed_after) return kill_hard();
  if (told()) port_ = static_cast<std::uint16_t>(std::stoul(port));
}

bool shop_process::ended() {
  if (status_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

void shop_process::kill_hard() {
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

void shop_process::ask_to_end() const { ::kill(pid_, SIGTERM); }

std::optional<int> shop_process::wait() {
  static_cast<void>(poll_until([&] { return ended(); }, patience));
  return status_;
}

std::optional<int> shop_process::terminate() {
  ask_to_end();
  return wait();
}

std::string shop_process::output() const { return contents(output_file_); }

std::string shop_process::token() const {
  std::string line = contents(params_.data + "/operator.token");
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

}  // namespace seckill
