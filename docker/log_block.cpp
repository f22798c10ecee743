#include "docker/log_block.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <type_traits>
#include <zlib.h>

namespace troupe::docker {

namespace {

// gzip: magic, deflate, "there is an extra field", no time, no flags, system unknown.
constexpr std::string_view gzip_head("\x1f\x8b\x08\x04\0\0\0\0\0\xff", 10);
constexpr std::string_view field_name = "TL";
constexpr std::size_t fixed_bytes = 4 + 8 + 8 + 8 + 8 + 2, position_bytes = short_id + 2 * (8 + 4);
constexpr std::size_t before_field = gzip_head.size() + 2 + 4, trailer_bytes = 8;
constexpr std::size_t most_positions = (65'535 - 4 - fixed_bytes) / position_bytes;
constexpr std::size_t largest_text = 64U << 20U;  // far above what is ever written: a damaged length asks for no more

template <class Number>
void put(std::string& out, Number value) {
  static_assert(std::is_integral_v<Number>);
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(static_cast<std::make_unsigned_t<Number>>(value) >> (8 * i));
}

template <class Number>
Number take(std::string_view& in) {
  std::make_unsigned_t<Number> value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<std::make_unsigned_t<Number>>(
        static_cast<std::make_unsigned_t<Number>>(static_cast<unsigned char>(in[i])) << (8 * i));
  in.remove_prefix(sizeof value);
  return static_cast<Number>(value);
}

std::int64_t micros(model::timestamp at) {
  return at.time_since_epoch().count();
}
model::timestamp moment(std::int64_t micros_since_1970) {
  return model::timestamp(std::chrono::microseconds(micros_since_1970));
}

// A line's own line: number, moment, kind, release, container, the message as it is.
void write_line(std::string& out, const actors::log_line& line) {
  (out += std::to_string(line.number)) += ' ';
  (out += std::to_string(micros(line.at))) += line.gap ? " gap " : line.is_stderr ? " err " : " out ";
  (out += line.deployment.empty() ? "-" : line.deployment.text) += ' ';
  (out += line.container.empty() ? "-" : line.container) += ' ';
  (out += line.message) += '\n';
}

std::string_view word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto found = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return found == "-" ? std::string_view() : found;
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

actors::log_line read_line(std::string_view text) {
  actors::log_line line;
  line.number = number<std::uint64_t>(word(text));
  line.at = moment(number<std::int64_t>(word(text)));
  const auto kind = word(text);
  line.gap = kind == "gap";
  line.is_stderr = kind == "err";
  line.deployment.text = word(text);
  line.container = word(text);
  line.message = text;
  return line;
}

std::string deflated(std::string_view text) {
  z_stream z{};
  if (deflateInit2(&z, 4, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&z, static_cast<uLong>(text.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

bool inflate_into(std::string& out, std::string_view packed) {
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out == out.size();
  inflateEnd(&z);
  return whole;
}

std::uint32_t checksum(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

}  // namespace

std::string make_block(const std::vector<actors::log_line>& lines, const log_positions& positions) {
  std::string text;
  auto from = lines.front().at, to = from;
  for (const auto& line : lines) {
    write_line(text, line);
    from = std::min(from, line.at);
    to = std::max(to, line.at);
  }
  const auto packed = deflated(text);
  const auto count = std::min(positions.size(), most_positions);
  const auto field = fixed_bytes + count * position_bytes;
  std::string out(gzip_head);
  put(out, static_cast<std::uint16_t>(field + 4));
  out += field_name;
  put(out, static_cast<std::uint16_t>(field));
  put(out, static_cast<std::uint32_t>(before_field + field + packed.size() + trailer_bytes));
  put(out, lines.front().number);
  put(out, lines.back().number);
  put(out, micros(from));
  put(out, micros(to));
  put(out, static_cast<std::uint16_t>(count));
  auto position = positions.begin();
  for (std::size_t i = 0; i < count; ++i, ++position) {
    auto id = position->first.substr(0, short_id);
    id.resize(short_id, ' ');
    out += id;
    for (const auto& s : position->second.streams) {
      put(out, micros(s.at));
      put(out, s.lines);
    }
  }
  out += packed;
  put(out, checksum(text));
  put(out, static_cast<std::uint32_t>(text.size()));
  return out;
}

std::optional<block_header> read_header(std::string_view bytes) {
  if (bytes.size() < before_field + fixed_bytes || !bytes.starts_with(gzip_head)) return std::nullopt;
  bytes.remove_prefix(gzip_head.size() + 2);
  if (!bytes.starts_with(field_name)) return std::nullopt;
  bytes.remove_prefix(field_name.size());
  const std::size_t field = take<std::uint16_t>(bytes);
  if (bytes.size() < field || field < fixed_bytes) return std::nullopt;
  block_header h;
  h.bytes = take<std::uint32_t>(bytes);
  h.first = take<std::uint64_t>(bytes);
  h.last = take<std::uint64_t>(bytes);
  h.from = moment(take<std::int64_t>(bytes));
  h.to = moment(take<std::int64_t>(bytes));
  const std::size_t count = take<std::uint16_t>(bytes);
  if (field != fixed_bytes + count * position_bytes || h.bytes < before_field + field + trailer_bytes)
    return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id(bytes.substr(0, std::min(bytes.find(' '), short_id)));
    bytes.remove_prefix(short_id);
    auto& position = h.positions[id];
    for (auto& s : position.streams) {
      s.at = moment(take<std::int64_t>(bytes));
      s.lines = take<std::uint32_t>(bytes);
    }
  }
  return h;
}

std::optional<std::vector<actors::log_line>> read_block(std::string_view block) {
  const auto header = read_header(block);
  if (!header || header->bytes != block.size()) return std::nullopt;
  const auto head = before_field + fixed_bytes + header->positions.size() * position_bytes;
  auto trailer = block.substr(block.size() - trailer_bytes);
  const auto sum = take<std::uint32_t>(trailer);
  const auto size = take<std::uint32_t>(trailer);
  if (size > largest_text || block.size() < head + trailer_bytes) return std::nullopt;
  std::string text(size, '\0');
  if (!inflate_into(text, block.substr(head, block.size() - head - trailer_bytes)) || checksum(text) != sum)
    return std::nullopt;
  std::vector<actors::log_line> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines.push_back(read_line(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

}  // namespace troupe::docker
