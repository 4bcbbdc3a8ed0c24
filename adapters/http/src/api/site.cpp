#include "site.hpp"

#include "json_writer.hpp"
#include "outcome_status.hpp"
#include <seckill/hash.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

namespace seckill::inline v1::http {
namespace {

using sources = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view reference_open = "{{asset:";
constexpr std::string_view reference_close = "}}";

constexpr std::string_view page_cache = "public, max-age=1, s-maxage=1, stale-while-revalidate=10";
constexpr std::string_view asset_cache = "public, max-age=31536000, immutable";

constexpr std::string_view page_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";

struct media {
  std::string_view extension;
  std::string_view type;
  bool text;  ///< may hold references
};
constexpr auto media_types = std::to_array<media>({
    {"html", "text/html; charset=utf-8", true},
    {"css", "text/css; charset=utf-8", true},
    {"js", "text/javascript; charset=utf-8", true},
    {"json", "application/json", true},
    {"webmanifest", "application/manifest+json", true},
    {"txt", "text/plain; charset=utf-8", false},
    {"svg", "image/svg+xml", false},
    {"png", "image/png", false},
    {"jpg", "image/jpeg", false},
    {"jpeg", "image/jpeg", false},
    {"webp", "image/webp", false},
    {"avif", "image/avif", false},
    {"ico", "image/x-icon", false},
    {"woff2", "font/woff2", false},
});

std::string_view extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

const media* media_of(std::string_view name) {
  const auto* found = std::ranges::find(media_types, extension_of(name), &media::extension);
  return found == media_types.end() ? nullptr : found;
}

std::string hash_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::uint64_t hash = xxh64(std::as_bytes(std::span(bytes)));
  std::string text;
  for (unsigned shift = 64; shift > 0; shift -= 4) text += digits[(hash >> (shift - 4)) & 15U];
  return text;
}

/// "app.css" with a hash becomes "app.<hash>.css".
std::string hashed_name(std::string_view name, std::string_view hash) {
  const std::string_view extension = extension_of(name);
  const std::string_view stem = name.substr(0, name.size() - extension.size() - 1);
  return std::string(stem).append(".").append(hash).append(".").append(extension);
}

bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

void set_file(text_response& into, const site_file& file, std::string_view cache,
              const preconditions& conditions) {
  const precondition_result evaluated = evaluate(conditions, file.etag);
  if (evaluated == precondition_result::failed) return apply(evaluated, into);
  into.conditions_known = true;
  into.cache_control = cache;
  into.more.append("ETag: ").append(file.etag).append("\r\nX-Content-Type-Options: nosniff\r\n");
  if (evaluated == precondition_result::not_modified) {
    into.status = 304;
    into.content_type = {};
    return;
  }
  into.content_type = file.type;
  into.shared_body = file.bytes;
}

void set_not_found(text_response& into) {
  problem what;
  what.status = 404;
  what.detail = "there is nothing at this path";
  set_problem(into, what);
}

void set_too_early(text_response& into, time_ms opens_at, time_ms now) {
  answer early;
  early.code = outcome::sale_not_open;
  early.at_ms = opens_at;
  problem what;
  what.status = 425;
  what.detail = "the sale has not opened yet";
  what.code = early.code;
  what.opens_at_ms = opens_at;
  what.retry_after_s = retry_after_s(early, now);
  set_problem(into, what);
}

}  // namespace

/// Works references out, each file after those it refers to.
class site::maker {
 public:
  explicit maker(const sources& files) : files_(files) {}

  result<site> make() {
    for (const auto& [name, bytes] : files_) {
      if (auto fit = check(name); !fit) return fit.error();
    }
    for (const auto& [name, bytes] : files_) {
      if (auto made = add(name); !made) return made.error();
    }
    return std::move(made_);
  }

 private:
  static error wrong(std::string_view name, std::string_view what) {
    return make_error(errc::invalid_argument, "site file " + std::string(name) + ' ' + std::string(what));
  }

  static result<void> check(std::string_view name) {
    if (!is_plain_name(name))
      return wrong(name, "has a name with other characters than letters, digits, '.', '_', '-'");
    if (media_of(name) == nullptr) return wrong(name, "has an extension of no known type");
    return {};
  }

  static bool is_page(std::string_view name) { return extension_of(name) == "html"; }

  /// Puts the file where it is served.
  result<void> add(const std::string& name) {
    if (addresses_.contains(name)) return {};
    if (!in_work_.insert(name).second) return wrong(name, "refers to itself, directly or through others");
    auto bytes = resolved(name);
    if (!bytes) return bytes.error();
    const std::string hash = hash_of(*bytes);
    site_file file{std::move(*bytes), media_of(name)->type, '"' + hash + '"'};
    if (is_page(name)) {
      made_.pages_.emplace(name, std::move(file));
      addresses_.emplace(name, "");
    } else if (name == gated_source) {
      made_.gated_name_ = hashed_name(name, hash);
      made_.gated_ = std::move(file);
      addresses_.emplace(name, "");
    } else {
      addresses_.emplace(name, "/assets/" + hashed_name(name, hash));
      made_.assets_.emplace(hashed_name(name, hash), std::move(file));
    }
    return {};
  }

  /// The file's bytes with its references replaced.
  result<std::string> resolved(const std::string& name) {
    std::string_view rest = files_.find(name)->second;
    if (!media_of(name)->text) return std::string(rest);
    std::string bytes;
    for (;;) {
      const std::size_t open = rest.find(reference_open);
      bytes += rest.substr(0, open);
      if (open == std::string_view::npos) return bytes;
      rest.remove_prefix(open + reference_open.size());
      const std::size_t close = rest.find(reference_close);
      if (close == std::string_view::npos) return wrong(name, "has a reference without its end");
      auto address = address_of(name, rest.substr(0, close));
      if (!address) return address;
      bytes += *address;
      rest.remove_prefix(close + reference_close.size());
    }
  }

  result<std::string> address_of(std::string_view from, std::string_view name) {
    const auto file = files_.find(name);
    if (file == files_.end() || name == gated_source || is_page(name)) {
      return wrong(from, "refers to " + std::string(name) + ", which is no asset");
    }
    if (auto made = add(file->first); !made) return made.error();
    return addresses_.find(name)->second;
  }

  const sources& files_;
  site made_;
  std::map<std::string, std::string, std::less<>> addresses_;  ///< of what is done
  std::set<std::string, std::less<>> in_work_;
};

result<site> site::make(const sources& files) { return maker(files).make(); }

void site::serve(text_response& into, route which, std::string_view file,
                 const preconditions& conditions) const {
  if (which == route::asset) {
    const auto found = assets_.find(file);
    return found == assets_.end() ? set_not_found(into)
                                  : set_file(into, found->second, asset_cache, conditions);
  }
  const std::string_view name = which == route::page_home   ? "index.html"
                                : which == route::page_sale ? "sale.html"
                                                            : "operator.html";
  const auto found = pages_.find(name);
  if (found == pages_.end()) return set_not_found(into);
  into.more += page_fields;
  set_file(into, found->second, page_cache, conditions);
}

void site::serve_gated(text_response& into, route which, std::string_view file,
                       const preconditions& conditions, sale_id sale, time_ms opens_at, time_ms now) const {
  if (gated_name_.empty()) return set_not_found(into);
  if (now < opens_at) return set_too_early(into, opens_at, now);
  if (which == route::gated_script) {
    return file == gated_name_ ? set_file(into, gated_, asset_cache, conditions) : set_not_found(into);
  }
  into.cache_control = page_cache;  // the same for all who ask in the second of the opening
  const std::string address = "/sale/" + std::to_string(to_integer(sale)) + '/' + gated_name_;
  json_writer(into.body).open_object().key("script").text(address).close_object();
}

}  // namespace seckill::inline v1::http
