// The REST API as a client calls it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/client/profile.hpp"

namespace troupe::client {

// Set by Ctrl-C: calls under way end with failure (interrupted).
extern std::atomic<bool> was_interrupted;

struct answer {
  long status = 0;
  std::string body;
};

class server {
public:
  explicit server(profile where) : where_(std::move(where)) {}

  const std::string& url() const { return where_.url; }

  // Any status. Throws failure where no answer comes. `body`: JSON; discarded: none.
  answer ask(const char* method, const std::string& path,
             const nlohmann::json& body = nlohmann::json::value_t::discarded) const;

  // The answer's text as it came. Throws failure with the server's words for 400 and above.
  std::string text(const char* method, const std::string& path,
                   const nlohmann::json& body = nlohmann::json::value_t::discarded) const;

  // Plain text passed on as it comes, for as long as the server sends.
  void stream(const std::string& path, const std::function<void(std::string_view)>& on_text) const;

private:
  answer perform(const char* method, const std::string& path, const nlohmann::json& body, const char* accept,
                 bool endless, const std::function<void(std::string_view)>& on_text) const;

  profile where_;
};

// Throws failure that says what the server's problem says.
[[noreturn]] void fail_with(const answer& refusal);

// As JSON. Throws failure where it is none.
nlohmann::json json_of(const std::string& text);

// A member of an answer, printable; "" where it is not there, or no text.
std::string text_at(const nlohmann::json& object, const char* name);

// Percent-encoded, for a path or a query.
std::string escaped(std::string_view text);

}  // namespace troupe::client
