// Who stands at the desk: a verified key or account, and the face that speaks for it.
#pragma once

#include <string>

#include "actors/model/enum_text.hpp"
#include "actors/model/identity.hpp"

namespace troupe::desk {

enum class face { rest, mcp, bot, command_line };
inline constexpr model::enum_texts<face, 4> face_texts{{"rest", "mcp", "bot", "command_line"}};

struct caller : model::caller {
  face by = face::rest;
  std::string address{};     // the client's, as the door saw it; "": none
  std::string request_id{};  // in logs and for operators
};

}  // namespace troupe::desk
