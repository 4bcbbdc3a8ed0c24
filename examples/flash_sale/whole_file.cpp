#include "whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

result<void> write_whole_file(const std::string& file, std::string_view text, unsigned mode) {
  const std::string draft = file + ".new";
  const auto failed = [&] {
    const std::string why = std::strerror(errno);
    ::unlink(draft.c_str());
    return make_error(errc::storage_failed, "cannot write " + file + ": " + why);
  };
  ::unlink(draft.c_str());  // left by a crash, perhaps with other permissions
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return failed();
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && ::fsync(descriptor) == 0;
  const bool closed = ::close(descriptor) == 0;
  if (!written || !synced || !closed || std::rename(draft.c_str(), file.c_str()) != 0) return failed();
  // The name has to survive the machine as well.
  const std::size_t slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const int parent = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return failed();
  const bool durable = ::fsync(parent) == 0;
  ::close(parent);
  return durable ? result<void>() : failed();
}

}  // namespace flash_sale
