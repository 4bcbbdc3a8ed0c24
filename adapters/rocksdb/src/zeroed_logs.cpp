#include "zeroed_logs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::inline v1 {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::string_view log_extension = ".log";

IOStatus truncate(rocksdb::FileSystem& in, const std::string& name, std::uint64_t size) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = in.ReopenWritableFile(name, {}, &file, nullptr);
  if (status.ok()) status = file->Truncate(size, {}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  return status;
}

class zeroed_log final : public rocksdb::FSWritableFile {
 public:
  zeroed_log(rocksdb::FileSystem& in, std::string name, std::unique_ptr<rocksdb::FSRandomRWFile> file)
      : in_(in), name_(std::move(name)), file_(std::move(file)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const std::uint64_t end = size_ + data.size();
    if (end > zeroed_ && data.size() < zeroed_logs::step_bytes / 2)
      if (auto grown = grow(end, options, debug); !grown.ok()) return grown;
    auto written = file_->Write(size_, data, options, debug);
    if (!written.ok()) return written;
    size_ = end;
    zeroed_ = std::max(zeroed_, end);
    return written;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return file_->Flush(options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return file_->Sync(options, debug);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return file_->Fsync(options, debug);
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    auto closed = file_->Close(options, debug);
    if (!closed.ok() || size_ == zeroed_) return closed;
    zeroed_ = size_;
    return truncate(in_, name_, size_);
  }

 private:
  IOStatus grow(std::uint64_t end, const IOOptions& options, IODebugContext* debug) {
    static constexpr std::array<char, zeroed_logs::step_bytes> zeros{};
    const std::uint64_t from = std::max(size_, zeroed_);
    auto written = file_->Write(from, Slice(zeros.data(), zeros.size()), options, debug);
    // Without room for them there may be room for the record.
    if (!written.ok()) return written.IsNoSpace() ? IOStatus::OK() : written;
    zeroed_ = std::max(end, from + zeros.size());
    return written;
  }

  rocksdb::FileSystem& in_;
  std::string name_;
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
  std::uint64_t size_ = 0;    // of the records
  std::uint64_t zeroed_ = 0;  // of the file
};

// RocksDB's log format: records of a head and at most as many bytes as there are left in a block; the end of a block
// that has no room for a head is filled with zeros. (rocksdb.org, "Write Ahead Log File Format")
constexpr std::size_t block_bytes = 32'768;
constexpr std::size_t head_bytes = 7;  // checksum, 4; length, 2, little endian; type, 1, of which none is 0

// Where in the block the first head is that was never written; nothing if there is none.
std::optional<std::size_t> end_in(std::string_view block) {
  for (std::size_t at = 0; at + head_bytes <= block.size();) {
    const std::string_view head = block.substr(at, head_bytes);
    if (std::ranges::all_of(head, [](char each) { return each == 0; })) return at;
    const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(head[i])}; };
    at += head_bytes + byte(4) + (byte(5) << 8U);
  }
  return std::nullopt;
}

IOStatus find_end(rocksdb::FSSequentialFile& of, std::uint64_t& end) {
  std::vector<char> scratch(block_bytes);
  Slice block;
  for (end = 0;; end += block.size()) {
    auto status = of.Read(block_bytes, {}, &block, scratch.data(), nullptr);
    if (!status.ok() || block.empty()) return status;
    if (const auto within = end_in({block.data(), block.size()})) {
      end += *within;
      return status;
    }
  }
}

// The first bytes of a file.
class file_head final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  file_head(std::unique_ptr<rocksdb::FSSequentialFile> of, std::uint64_t size)
      : FSSequentialFileOwnerWrapper(std::move(of)), left_(size) {}

  IOStatus Read(std::size_t count, const IOOptions& options, Slice* into, char* scratch,
                IODebugContext* debug) override {
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, left_));
    auto status = FSSequentialFileOwnerWrapper::Read(count, options, into, scratch, debug);
    if (status.ok()) left_ -= into->size();
    return status;
  }
  IOStatus Skip(std::uint64_t count) override {
    count = std::min(count, left_);
    left_ -= count;
    return FSSequentialFileOwnerWrapper::Skip(count);
  }

 private:
  std::uint64_t left_;
};

}  // namespace

IOStatus zeroed_logs::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* into, IODebugContext* debug) {
  auto status = FileSystemWrapper::NewWritableFile(name, options, into, debug);
  if (!status.ok() || !name.ends_with(log_extension)) return status;
  status = (*into)->Close(options.io_options, debug);
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSRandomRWFile> file;
  status = NewRandomRWFile(name, options, &file, debug);
  if (status.ok()) *into = std::make_unique<zeroed_log>(*target(), name, std::move(file));
  return status;
}

IOStatus zeroed_logs::NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* into,
                                        IODebugContext* debug) {
  auto status = FileSystemWrapper::NewSequentialFile(name, options, into, debug);
  if (!status.ok() || !name.ends_with(log_extension)) return status;
  std::uint64_t end = 0;
  status = find_end(**into, end);
  if (status.ok()) status = FileSystemWrapper::NewSequentialFile(name, options, into, debug);
  if (status.ok()) *into = std::make_unique<file_head>(std::move(*into), end);
  return status;
}

}  // namespace seckill::inline v1
