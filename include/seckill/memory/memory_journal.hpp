#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/memory/journal_image.hpp>
#include <seckill/ports/journal.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A journal in memory: for tests, for trying things out, and for engines whose state need not outlive the
/// process. It keeps all guarantees of the port, with `image` as its disk; memory is bounded by trim() alone.
/// Errors: errc::already_open if another journal uses the image.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<journal>> open_memory_journal(
    std::shared_ptr<journal_image> image = std::make_shared<journal_image>());

}  // namespace seckill::inline v1
