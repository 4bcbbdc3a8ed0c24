#include <seckill/http/log_hook.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

namespace seckill::inline v1 {

log_hook log_to_stderr() {
  auto logger =
      std::make_shared<spdlog::logger>("seckill", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::warn);
  return [logger](log_level level, std::string_view line) {
    switch (level) {
      case log_level::debug:
        return logger->debug("{}", line);
      case log_level::info:
        return logger->info("{}", line);
      case log_level::warning:
        return logger->warn("{}", line);
      case log_level::error:
        return logger->error("{}", line);
    }
  };
}

}  // namespace seckill::inline v1
