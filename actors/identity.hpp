// Who asks: keys are made, verified and revoked here. Off the hot path: a key that was verified passes by
// verified_keys::find.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/secrets/verified_keys.hpp"

namespace troupe::actors {

using secrets::verified_keys;

// Problems: rejected (malformed, unknown, wrong, revoked or expired: one text for all), retry (too many failures, or
// the queue is full; with retry_after_seconds), unavailable (no database). Ask verified_keys::find first.
struct authenticate {
  std::string presented;     // the key as it came in the header
  std::string peer_address;  // the client's IP address, as the door saw it
};

struct create_key {
  user_id owner;
  std::string name;
  model::scope_set scopes;
  std::optional<std::chrono::seconds> lifetime;
  std::vector<environment_id> environments{};  // to which it is limited; empty: all of the owner's
};
struct created_key {
  std::string text;  // the whole key: shown once, stored nowhere
  model::api_key row;
};

// Spends a magic link. not_found, with one text, where it is unknown, used or expired; retry and unavailable as above:
// the link can be spent still.
struct redeem_magic_link {
  std::string token;
  std::string peer_address;
};

using identity_actor =
    caf::typed_actor<request<authenticate>::with<outcome<model::caller>>,  // bcrypt, in a bounded pool behind limits
                     request<create_key>::with<outcome<created_key>>,      // stored when answered
                     request<issue_magic_link>::with<outcome<issued_magic_link>>,  // stored when answered
                     request<redeem_magic_link>::with<outcome<created_key>>,       // once in a link's life
                     request<revoke_key>::with<outcome<model::done>>,  // fails from the next request on; its streams
                                                                       // end
                     request<describe>::with<actor_card>>;

enum class authentication { accepted, confirmed, rejected, limited, busy, unavailable };
inline constexpr model::enum_texts<authentication, 6> authentication_texts{
    {"accepted", "confirmed", "rejected", "limited", "busy", "unavailable"}};

struct identity_options {
  std::string key_prefix;
  std::chrono::milliseconds magic_link_lifetime{std::chrono::minutes(15)};
  std::size_t workers = 2;          // bcrypt threads
  std::size_t queue_capacity = 32;  // verifications and new keys waiting or under way beyond the workers
  std::size_t waiting_capacity =
      4096;  // askers in all, those that wait for another's verification of the same key included

  // Failures, before bcrypt: so many at once, and one more each so often. An address is an IPv4 address or an IPv6 /64.
  std::uint32_t failures_per_key = 10;
  std::chrono::seconds key_refill{6};
  std::uint32_t failures_per_address = 20;
  std::chrono::seconds address_refill{3};

  std::uint32_t links_per_address = 20;  // tries to spend one that were none
  std::chrono::seconds link_refill{3};

  std::chrono::milliseconds database_patience{2'000};
  std::chrono::milliseconds recheck_every{1'000};  // of the rows of keys in use; below verified_keys' confirmed_for
  std::chrono::milliseconds touch_every{60'000};   // last uses

  model::wall_clock wall;                                      // default: the system's
  std::function<void(std::span<unsigned char>)> random_bytes;  // default: OpenSSL's
  std::function<void(authentication)> observe;                 // for metrics; called on the actor's thread

  // For tests: bcrypt and the threads it runs on.
  std::function<bool(const std::string& secret, const std::string& hash)> check;
  std::function<std::string(const std::string& secret)> hash;
  bool detached = true;
};

// Ends by send_exit, before the database actor: it writes the last uses first.
identity_actor spawn_identity(caf::actor_system& system, identity_options options, database_actor database,
                              std::shared_ptr<verified_keys> keys);

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::authenticate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::create_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::created_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::redeem_magic_link)
