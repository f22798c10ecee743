#include "actors/desk/image_lookups.hpp"

#include <memory>

#include "actors/desk/admission.hpp"

namespace troupe::desk {

namespace {

model::image_prospect unknown(std::string why) {
  model::image_prospect out;
  out.unknown = std::move(why);
  return out;
}

// A fault of the image's or its registry's is what a release would end with; the rest says nothing of it.
model::image_prospect prospect_of(const model::effect_error& why) {
  if (why.kind == model::consequence::unavailable || why.what.code == model::failure_code::timed_out ||
      why.what.code == model::failure_code::internal)
    return unknown(why.what.message);
  model::image_prospect out;
  out.fault = why.what;
  return out;
}

class lookups : public std::enable_shared_from_this<lookups> {
public:
  lookups(const task& t, wanted_images wanted, std::function<void(image_prospects)> then)
      : task_(t),
        wanted_(std::move(wanted)),
        next_(wanted_.begin()),
        until_(t.self->clock().now() + lookup_patience),
        then_(std::move(then)) {}

  void begin() {
    while (under_way_ < lookups_at_once && next_ != wanted_.end()) ask_next();
    if (under_way_ == 0 && next_ == wanted_.end() && then_) std::exchange(then_, nullptr)(std::move(found_));
  }

private:
  void ask_next() {
    const auto& [wish, wanted] = *next_++;
    const auto left = std::chrono::duration_cast<model::duration>(until_ - task_.self->clock().now());
    if (left.count() <= 0) return note(wish, unknown(too_late));
    if (!task_.parts().board->engine().answers) return note(wish, unknown("The container engine does not answer."));
    if (asked_ == most_lookups)
      return note(wish, unknown("Only the first " + std::to_string(most_lookups) + " images of a plan are looked up."));
    if (!task_.at->take_lookup(task_.self, task_.of->who.user))
      return note(wish, unknown("As many images as a minute may have were looked up for you already."));
    ++asked_;
    ++under_way_;
    const auto answered = [me = shared_from_this(), wish = wish](model::image_prospect prospect) {
      me->note(wish, std::move(prospect));
      --me->under_way_;
      me->begin();
    };
    task_.self
        ->request(task_.parts().engine, left,
                  actors::look_up_image{wanted.image, wish.second, task_.of->who.user, wanted.held, left})
        .then(
            [answered](const model::outcome<model::image_prospect, model::effect_error>& got) {
              guarded([&] { answered(got ? got.value() : prospect_of(got.error())); }, [](const refusal&) {});
            },
            [answered](const caf::error&) { guarded([&] { answered(unknown(too_late)); }, [](const refusal&) {}); });
  }

  void note(const image_wish& wish, model::image_prospect prospect) {
    found_.insert_or_assign(wish, std::move(prospect));
  }

  static constexpr const char* too_late = "It was not known within the time that a plan has.";

  const task task_;
  const wanted_images wanted_;
  wanted_images::const_iterator next_;
  const caf::actor_clock::time_point until_;
  std::size_t asked_ = 0, under_way_ = 0;
  image_prospects found_;
  std::function<void(image_prospects)> then_;
};

}  // namespace

image_wish wish_of(const model::release_spec& spec) {
  return {spec.image.text(), spec.pull};
}

void look_up_images(const task& t, wanted_images wanted, std::function<void(image_prospects)> then) {
  std::make_shared<lookups>(t, std::move(wanted), std::move(then))->begin();
}

}  // namespace troupe::desk
