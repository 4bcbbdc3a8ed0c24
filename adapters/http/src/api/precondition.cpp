#include "precondition.hpp"

#include "field_list.hpp"

namespace seckill::inline v1::http {

precondition_result evaluate(const preconditions& of, std::string_view etag) noexcept {
  if (!of.if_match.empty() && !names_tag(of.if_match, etag, tag_comparison::strong))
    return precondition_result::failed;
  if (!of.if_none_match.empty() && names_tag(of.if_none_match, etag, tag_comparison::weak))
    return precondition_result::not_modified;
  return precondition_result::holds;
}

}  // namespace seckill::inline v1::http
