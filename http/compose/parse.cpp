#include "http/compose/parse.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/utf8.hpp"
#include "http/compose/json_text.hpp"

namespace troupe::http::compose {

namespace {

// Ends the parse where the rest has no meaning.
struct broken {
  place at;
  std::string detail;
};

place place_at(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

const std::string merge_key("\0<<", 3);  // no text has U+0000

class builder : public YAML::EventHandler {
public:
  builder(const reading_limits& limits, findings& wrong) : limits_(limits), wrong_(wrong) {}

  node_ptr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (begun_)
      throw broken{place_at(mark),
                   "begins a second document: a file holds one application, so take away all from here on, and the "
                   "line --- before it"};
    begun_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto one = std::make_shared<node>();
    one->at = place_at(mark);
    keep(anchor, one);
    add(std::move(one), 1);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor >= anchors_.size() || !anchors_[anchor].first)
      throw broken{place_at(mark), "is an alias of what it is itself a part of: write the value out"};
    alias_at_ = place_at(mark);
    add(anchors_[anchor].first, anchors_[anchor].second);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto one = std::make_shared<node>();
    one->kind = node_kind::scalar;
    one->at = place_at(mark);
    one->plain = tag == "?";
    one->text = value;
    if (value.find('\0') != std::string::npos)
      throw broken{one->at, "has the character U+0000, which no text may have"};
    check_tag(one->at, tag);
    keep(anchor, one);
    add(std::move(one), 1);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(node_kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(node_kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override {
    merge(levels_.back());
    close();
  }

private:
  struct level {
    std::shared_ptr<node> value;
    YAML::anchor_t anchor = 0;
    std::size_t nodes = 1;
    std::optional<std::pair<std::string, place>> key{};
    bool drops = false;  // the value of a key that was there before
    std::map<std::string, place> keys{};
    node_ptr merged{};  // what stands at <<
    place merged_at{};
    bool at_merge = false;
  };

  void check_tag(place at, const std::string& tag) {
    static const std::set<std::string> plain{"?",
                                             "!",
                                             "tag:yaml.org,2002:str",
                                             "tag:yaml.org,2002:int",
                                             "tag:yaml.org,2002:float",
                                             "tag:yaml.org,2002:bool",
                                             "tag:yaml.org,2002:seq",
                                             "tag:yaml.org,2002:map"};
    if (!plain.contains(tag)) wrong_.add(at, "", "has a tag that is not taken here (" + tag + "): leave it out");
  }

  void keep(YAML::anchor_t anchor, node_ptr value, std::size_t nodes = 1) {
    if (anchor == 0) return;
    if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
    anchors_[anchor] = {std::move(value), nodes};
  }

  void open(node_kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const auto at = place_at(mark);
    check_tag(at, tag);
    if (levels_.size() >= limits_.depth)
      throw broken{at, "is nested more than " + std::to_string(limits_.depth) + " deep: write it flatter"};
    if (!levels_.empty() && levels_.back().value->kind == node_kind::map && !levels_.back().key &&
        !levels_.back().at_merge)
      throw broken{at, "is a list or a map where a key must stand: a key is a text"};
    auto value = std::make_shared<node>();
    value->kind = kind;
    value->at = at;
    keep(anchor, nullptr);
    levels_.push_back({std::move(value), anchor});
  }

  void close() {
    auto done = std::move(levels_.back());
    levels_.pop_back();
    keep(done.anchor, done.value, done.nodes);
    counted_ -= done.nodes - 1;  // add() counts them as one with their holder
    add(std::move(done.value), done.nodes);
  }

  void add(node_ptr value, std::size_t nodes) {
    const auto alias_at = std::exchange(alias_at_, std::nullopt);
    if ((counted_ += nodes) > limits_.nodes)
      throw broken{alias_at.value_or(value->at),
                   "makes more than " + std::to_string(limits_.nodes) +
                       " values of the file, aliases followed: split it into several files"};
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& top = levels_.back();
    top.nodes += nodes;
    if (top.value->kind == node_kind::list)
      top.value->items.push_back(std::move(value));
    else if (top.at_merge)
      take_merge(top, std::move(value));
    else if (!top.key)
      take_key(top, *value, alias_at.value_or(value->at));
    else
      take_value(top, std::move(value));
  }

  void take_key(level& top, const node& key, place at) {
    if (key.kind != node_kind::scalar)
      throw broken{at, "is no key: a key is a text, and one that is empty or null in quotes"};
    const bool merge = key.plain && key.text == "<<";
    const auto [former, fresh] = top.keys.emplace(merge ? merge_key : key.text, at);
    if (!fresh)
      wrong_.add(at, key.text,
                 "is given twice in one map, first in line " + std::to_string(former->second.line) +
                     ": leave one of them out");
    top.at_merge = merge;
    if (merge)
      top.merged_at = at;
    else
      top.key = {key.text, at};
    top.drops = !fresh;
  }

  void take_value(level& top, node_ptr value) {
    if (!top.drops) top.value->entries.push_back({std::move(top.key->first), top.key->second, std::move(value)});
    top.key.reset();
  }

  void take_merge(level& top, node_ptr value) {
    top.at_merge = false;
    top.merged = std::move(value);
  }

  // A key of the map itself counts before a merged one, an earlier merged map before a later one.
  void merge(level& top) {
    auto& own = top.value->entries;
    if (!top.merged) return;
    std::set<std::string> taken;
    for (const auto& one : own) taken.insert(one.key);
    const auto take = [&](const node& map) {
      if (map.kind != node_kind::map) {
        wrong_.add(top.merged_at, "<<", "must be given a map, or a list of maps: an alias such as *defaults");
        return;
      }
      for (const auto& one : map.entries)
        if (taken.insert(one.key).second) own.push_back(one);
    };
    if (top.merged->kind == node_kind::list)
      for (const auto& one : top.merged->items) take(*one);
    else
      take(*top.merged);
  }

  const reading_limits& limits_;
  findings& wrong_;
  bool begun_ = false;
  node_ptr root_;
  std::vector<level> levels_;
  std::vector<std::pair<node_ptr, std::size_t>> anchors_;
  std::optional<place> alias_at_;
  std::size_t counted_ = 0;
};

void check_characters(std::string_view text) {
  place at;
  for (std::size_t i = 0; i < text.size();) {
    const auto length = config::first_character(text.substr(i));
    if (length == 0) throw broken{at, "is not UTF-8: save the file as UTF-8"};
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
      throw broken{at, "is a control character, which YAML forbids: take it away, or write it as \"\\xNN\" in quotes"};
    at.column += static_cast<std::uint32_t>(length);
    if (c == '\n') at = {at.line + 1, 1};
    i += length;
  }
}

std::string_view checked(std::string_view text, const reading_limits& limits) {
  if (text.size() > limits.text_bytes)
    throw broken{{}, "has more than " + std::to_string(limits.text_bytes) + " bytes: split it into several files"};
  for (const std::string_view mark : {"\xFE\xFF", "\xFF\xFE"})
    if (text.starts_with(mark)) throw broken{{}, "is UTF-16: save it as UTF-8"};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  check_characters(text);
  return text;
}

bool tab_leads(std::string_view text, std::uint32_t line) {
  std::size_t from = 0;
  for (std::uint32_t i = 1; i < line && from != std::string_view::npos; ++i) {
    from = text.find('\n', from);
    if (from != std::string_view::npos) ++from;
  }
  if (from == std::string_view::npos) return false;
  const auto lead = text.substr(from, text.find_first_not_of(" \t", from) - from);
  return lead.find('\t') != std::string_view::npos;
}

// Not where it is something within a text that it does not take.
bool breaks_by_tab(std::string_view text, const YAML::Exception& error) {
  for (const char* within : {"unknown escape", "bad character found", "invalid unicode"})
    if (std::string_view(error.msg).starts_with(within)) return false;
  const auto line = place_at(error.mark).line;
  return tab_leads(text, line) || (line > 1 && tab_leads(text, line - 1));
}

// yaml-cpp's texts as something that helps; what is not here is told as it stands.
std::string in_plain_words(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 21> known{{
      {"end of map not found",
       "does not fit the map it stands in: see that it has \"key: value\" and the indentation of its neighbours"},
      {"end of map flow not found", "a { is not closed: add the }, or a comma between its members"},
      {"end of sequence not found",
       "does not fit the list it stands in: each item begins with \"- \" at one indentation"},
      {"end of sequence flow not found", "a [ is not closed: add the ], or a comma between its items"},
      {"illegal map value",
       "has a colon where no value can begin: put a text that holds \": \" in quotes, and see to the indentation"},
      {"illegal map key", "is a key where none can stand: see to the indentation"},
      {"illegal block entry", "is an item of a list (\"- \") where none can stand: put it in a line of its own"},
      {"illegal flow end", "is a ] or } that nothing opened: take it away, or put the text in quotes"},
      {"illegal EOF in scalar", "a quote is not closed: add it"},
      {"illegal document indicator in scalar", "a quote is not closed: add it"},
      {"illegal character in scalar", "has a character that no unquoted text can begin with: put the text in quotes"},
      {"illegal tab when looking for indentation", "is indented with a tab: use spaces"},
      {"unknown token", "begins with a character that needs quotes (%, @ or `): put the text in quotes"},
      {"unknown escape character: ",
       "has a \\ in double quotes before a character that cannot be escaped: write \\\\, or use single quotes"},
      {"bad character found while scanning hex number",
       "has \\x, \\u or \\U without its hexadecimal digits: write \\\\, or use single quotes"},
      {"invalid unicode: ", "has a \\u that is no character: write the character itself"},
      {"the referenced anchor is not defined",
       "is an alias (*) of an anchor (&) that does not stand before it: see to its name, or put the text in quotes"},
      {"alias not found after *", "begins with * and no name: put the text in quotes"},
      {"anchor not found after &", "begins with & and no name: put the text in quotes"},
      {"aliases can't have any content, *including* tags", "has an anchor or a tag beside an alias: leave it out"},
      {"unexpected character in block scalar",
       "has something after | or > that may not stand there: begin the text in the next line"},
  }};
  for (const auto& [theirs, ours] : known)
    if (std::string_view(text).starts_with(theirs)) return std::string(ours);
  return "is no valid YAML (" + text.substr(0, text.find(':')) + ")";
}

node_ptr parsed(std::string_view text, const reading_limits& limits, findings& wrong) {
  // yaml-cpp takes a quote that nothing closes, but not one that goes over the end of a document.
  std::istringstream in(with_whole_characters(text) + "\n...\n");
  builder built(limits, wrong);
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(built)) {
    }
  } catch (const YAML::Exception& error) {
    throw broken{place_at(error.mark),
                 breaks_by_tab(text, error) ? "is indented with a tab: use spaces" : in_plain_words(error.msg)};
  }
  const auto root = built.root();
  if (!root || root->kind == node_kind::null) throw broken{{}, "is empty: it needs `services:`"};
  if (root->kind != node_kind::map) throw broken{root->at, "must be a map at the top, with `services:` in it"};
  return root;
}

}  // namespace

node_ptr parse(std::string_view text, const reading_limits& limits, findings& wrong) {
  try {
    return parsed(checked(text, limits), limits, wrong);
  } catch (const broken& why) {
    wrong.add(why.at, "", why.detail);
    return nullptr;
  }
}

}  // namespace troupe::http::compose
