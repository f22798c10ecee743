#include "actors/secrets/verified_keys.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

#include "actors/secrets/keyed_hash.hpp"

namespace troupe::secrets {

namespace {

struct digest_hash {
  std::size_t operator()(const digest& of) const noexcept {  // keyed already: nobody can aim at a bucket
    std::size_t out;
    std::memcpy(&out, of.data(), sizeof out);
    return out;
  }
};

struct entry {
  digest name;
  model::caller who;
  std::optional<model::timestamp> expires_at;
  model::timestamp remembered_at;
  steady_time verified_until;
  steady_time confirmed_until;
  model::timestamp used_at;
  bool active = false;  // used since take_active
  bool used = false;    // used since take_uses
};

struct shard {
  std::mutex mutex;
  std::list<entry> by_use;  // the newest first
  std::unordered_map<digest, std::list<entry>::iterator, digest_hash> by_name;
};

}  // namespace

// Writers take `writing` first and a shard's mutex second; find() takes a shard's alone.
struct verified_keys::entries {
  keyed_hash hash;
  std::array<shard, 16> shards;
  std::mutex writing;
  std::unordered_map<std::string, digest> by_key;  // a key id has one right text
  std::unordered_map<std::string, model::timestamp> departed_uses;

  shard& of(const digest& name) { return shards[name.back() % shards.size()]; }

  void erase(shard& in, std::list<entry>::iterator at) {
    if (at->used) departed_uses.insert_or_assign(at->who.key_id, at->used_at);
    by_key.erase(at->who.key_id);
    in.by_name.erase(at->name);
    in.by_use.erase(at);
  }
  void erase(const std::string& key_id) {
    const auto known = by_key.find(key_id);
    if (known == by_key.end()) return;
    auto& in = of(known->second);
    std::lock_guard lock(in.mutex);
    erase(in, in.by_name.at(known->second));
  }
};

class verified_keys::watches : public std::enable_shared_from_this<watches> {
public:
  std::shared_ptr<void> add(const std::string& key_id, std::function<void()> ended) {
    const auto callback = std::make_shared<std::function<void()>>(std::move(ended));
    {
      std::lock_guard lock(mutex_);
      by_key_[key_id].push_back(callback);
    }
    return {callback.get(), [self = shared_from_this(), key_id, callback](void*) { self->drop(key_id, callback); }};
  }

  void fire(const std::string& key_id) {
    std::vector<callback_ptr> taken;
    {
      std::lock_guard lock(mutex_);
      const auto at = by_key_.find(key_id);
      if (at == by_key_.end()) return;
      taken = std::move(at->second);
      by_key_.erase(at);
    }
    for (const auto& callback : taken) (*callback)();
  }

  std::vector<std::string> keys() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [key_id, callbacks] : by_key_) out.push_back(key_id);
    return out;
  }

private:
  using callback_ptr = std::shared_ptr<std::function<void()>>;

  void drop(const std::string& key_id, const callback_ptr& callback) {
    std::lock_guard lock(mutex_);
    const auto at = by_key_.find(key_id);
    if (at == by_key_.end()) return;
    std::erase(at->second, callback);
    if (at->second.empty()) by_key_.erase(at);
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<callback_ptr>> by_key_;
};

verified_keys::verified_keys(options with)
    : options_(std::move(with)), entries_(std::make_unique<entries>()), watches_(std::make_shared<watches>()) {}

verified_keys::~verified_keys() = default;

namespace {

bool is_verified(const entry& e, steady_time now, model::timestamp wall) {
  return now < e.verified_until && wall >= e.remembered_at && (!e.expires_at || wall < *e.expires_at);
}

}  // namespace

std::optional<model::caller> verified_keys::find(std::string_view presented) {
  const auto name = entries_->hash(presented);
  const auto now = options_.clock();
  const auto wall = options_.wall();
  auto& in = entries_->of(name);
  std::lock_guard lock(in.mutex);
  const auto known = in.by_name.find(name);
  if (known == in.by_name.end()) return std::nullopt;
  auto& e = *known->second;
  if (!is_verified(e, now, wall) || now >= e.confirmed_until) return std::nullopt;
  e.active = e.used = true;
  e.used_at = wall;
  in.by_use.splice(in.by_use.begin(), in.by_use, known->second);
  return e.who;
}

std::optional<model::caller> verified_keys::find_unconfirmed(std::string_view presented) {
  const auto name = entries_->hash(presented);
  auto& in = entries_->of(name);
  std::lock_guard lock(in.mutex);
  const auto known = in.by_name.find(name);
  if (known == in.by_name.end() || !is_verified(*known->second, options_.clock(), options_.wall())) return std::nullopt;
  return known->second->who;
}

std::shared_ptr<void> verified_keys::on_revoked(const std::string& key_id, std::function<void()> ended) {
  return watches_->add(key_id, std::move(ended));
}

void verified_keys::remember(std::string_view presented, const model::caller& who,
                             std::optional<model::timestamp> expires_at, steady_time confirmed_at) {
  const auto name = entries_->hash(presented);
  const auto wall = options_.wall();
  std::lock_guard writing(entries_->writing);
  entries_->erase(who.key_id);
  auto& in = entries_->of(name);
  std::lock_guard lock(in.mutex);
  const auto most = std::max<std::size_t>(1, options_.capacity / entries_->shards.size());
  while (in.by_use.size() >= most) entries_->erase(in, std::prev(in.by_use.end()));
  in.by_use.push_front({name, who, expires_at, wall, options_.clock() + options_.remembered_for,
                        confirmed_at + options_.confirmed_for, wall, true, true});
  in.by_name.emplace(name, in.by_use.begin());
  entries_->by_key.emplace(who.key_id, name);
}

void verified_keys::confirm(const std::string& key_id, steady_time at) {
  std::lock_guard writing(entries_->writing);
  const auto known = entries_->by_key.find(key_id);
  if (known == entries_->by_key.end()) return;
  auto& in = entries_->of(known->second);
  std::lock_guard lock(in.mutex);
  auto& e = *in.by_name.at(known->second);
  e.confirmed_until = std::max(e.confirmed_until, at + options_.confirmed_for);
}

void verified_keys::forget(const std::string& key_id) {
  {
    std::lock_guard writing(entries_->writing);
    entries_->erase(key_id);
  }
  watches_->fire(key_id);
}

void verified_keys::clear() {
  std::lock_guard writing(entries_->writing);
  while (!entries_->by_key.empty()) entries_->erase(std::string(entries_->by_key.begin()->first));
}

std::vector<std::string> verified_keys::take_active(std::size_t most) {
  auto out = watches_->keys();
  most += out.size();
  for (auto& in : entries_->shards) {
    std::lock_guard lock(in.mutex);
    for (auto& e : in.by_use)
      if (std::exchange(e.active, false) && out.size() < most) out.push_back(e.who.key_id);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::pair<std::string, model::timestamp>> verified_keys::take_uses() {
  std::lock_guard writing(entries_->writing);
  auto out = std::exchange(entries_->departed_uses, {});
  for (auto& in : entries_->shards) {
    std::lock_guard lock(in.mutex);
    for (auto& e : in.by_use)
      if (std::exchange(e.used, false))
        out.insert_or_assign(e.who.key_id, e.used_at);  // never older than a departed one
  }
  return {out.begin(), out.end()};
}

std::size_t verified_keys::size() const {
  std::lock_guard writing(entries_->writing);
  return entries_->by_key.size();
}

}  // namespace troupe::secrets
