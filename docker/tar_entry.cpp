#include "docker/tar_entry.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace troupe::docker {

namespace {
std::optional<std::uint64_t> octal(std::string_view field) {
  std::uint64_t value = 0;
  if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80U) != 0) {  // GNU: base 256, for large numbers
    for (std::size_t i = 1; i < field.size(); ++i) value = value << 8U | static_cast<unsigned char>(field[i]);
    return value;
  }
  for (const char c : field) {
    if (c == ' ' || c == '\0') continue;
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3U | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool is_extension(char type) {
  return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}
}  // namespace

std::optional<tar_entry> read_tar_header(std::string_view bytes) {
  if (bytes.size() < tar_block || bytes.substr(257, 5) != "ustar") return std::nullopt;
  const auto mode = octal(bytes.substr(100, 8)), uid = octal(bytes.substr(108, 8)), gid = octal(bytes.substr(116, 8)),
             size = octal(bytes.substr(124, 12));
  if (!mode || !uid || !gid || !size || *uid > UINT32_MAX || *gid > UINT32_MAX) return std::nullopt;
  const char type = bytes[156] == '\0' ? '0' : bytes[156];
  return tar_entry{static_cast<std::uint32_t>(*mode & 07777U), static_cast<std::uint32_t>(*uid),
                   static_cast<std::uint32_t>(*gid), *size, type};
}

std::optional<std::size_t> first_entry_offset(std::string_view bytes) {
  std::size_t at = 0;
  while (true) {
    if (bytes.size() < at + tar_block) return std::nullopt;
    const auto entry = read_tar_header(bytes.substr(at));
    if (!entry || !is_extension(entry->type)) return at;
    if (entry->size > (1U << 20U)) return at;
    at += tar_block + (entry->size + tar_block - 1) / tar_block * tar_block;
  }
}

std::optional<std::string> first_file(std::string_view bytes) {
  const auto at = first_entry_offset(bytes);
  if (!at) return std::nullopt;
  const auto entry = read_tar_header(bytes.substr(*at));
  if (!entry || entry->type != '0' || entry->size > bytes.size() - *at - tar_block) return std::nullopt;
  return std::string(bytes.substr(*at + tar_block, entry->size));
}

namespace {

constexpr std::uint64_t most_records = 64U << 10U;

// The value of a PAX record, each of which is "LENGTH KEY=VALUE\n".
std::optional<std::string> record_of(std::string_view records, std::string_view key) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto space = records.find(' ');
    if (space == std::string_view::npos || space > 6) return std::nullopt;
    for (const char c : records.substr(0, space)) {
      if (c < '0' || c > '9') return std::nullopt;
      length = length * 10 + static_cast<std::size_t>(c - '0');
    }
    if (length <= space + 1 || length > records.size()) return std::nullopt;
    const auto record = records.substr(space + 1, length - space - 2);
    if (record.starts_with(key) && record.substr(key.size()).starts_with('='))
      return std::string(record.substr(key.size() + 1));
    records.remove_prefix(length);
  }
  return std::nullopt;
}

// Those permitted, of a vfs_cap_data: a word of magic, then pairs of permitted and inheritable ones, the low half
// first.
std::uint64_t capabilities_of(std::string_view value) {
  const auto word = [&](std::size_t at) {
    std::uint64_t out = 0;
    for (std::size_t i = 4; i > 0 && at + 4 <= value.size(); --i)
      out = out << 8U | static_cast<unsigned char>(value[at + i - 1]);
    return out;
  };
  return word(4) | word(12) << 32U;
}

std::string text_of_field(std::string_view field) {
  return std::string(field.substr(0, field.find('\0')));
}

}  // namespace

bool tar_listing::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto taken = std::min(bytes.size(), tar_block - block_.size());
    block_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (block_.size() < tar_block) return true;
    if (!take_block()) return false;
    block_.clear();
  }
  return true;
}

bool tar_listing::take_block() {
  if (left_ > 0) {
    --left_;
    if (reads_extension_) extension_ += block_;
    return true;
  }
  const auto head = read_tar_header(block_);
  if (!head) return false;
  left_ = (head->size + tar_block - 1) / tar_block;
  reads_extension_ = head->type == 'x';
  if (reads_extension_) {
    extension_.clear();
    extension_size_ = head->size;
    return head->size <= most_records;
  }
  return is_extension(head->type) || take_entry(*head);
}

bool tar_listing::take_entry(const tar_entry& head) {
  const auto records = std::string_view(extension_).substr(0, extension_size_);
  const std::string_view block = block_;
  listed_entry entry{text_of_field(block.substr(0, 100)), head};
  if (const auto prefix = text_of_field(block.substr(345, 155)); !prefix.empty())
    entry.path = prefix + '/' + entry.path;
  if (auto path = record_of(records, "path")) entry.path = *std::move(path);
  entry.capabilities = capabilities_of(record_of(records, "SCHILY.xattr.security.capability").value_or(""));
  while (entry.path.ends_with('/')) entry.path.pop_back();
  extension_.clear();
  extension_size_ = 0;
  if (head.type != '0') left_ = 0;  // whatever its size says, only a file has content
  return take_(entry);
}

namespace {

std::optional<std::string> header_of(const tar_entry& entry, std::string_view path) {
  if (path.empty() || path.size() > 99 || entry.uid > 07777777 || entry.gid > 07777777) return std::nullopt;
  std::string header(tar_block, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    std::memcpy(header.data() + at, text.data(), text.size());
  };
  const auto number = [&](std::size_t at, int width, unsigned long value) {
    char text[16];
    std::snprintf(text, sizeof text, "%0*lo", width, value);
    put(at, text);
  };
  put(0, path);
  number(100, 7, entry.mode);
  number(108, 7, entry.uid);
  number(116, 7, entry.gid);
  number(124, 11, entry.size);
  number(136, 11, 0);
  header[156] = entry.type;
  put(257, std::string_view("ustar\00000", 8));
  put(148, "        ");
  unsigned long sum = 0;
  for (const unsigned char c : header) sum += c;
  number(148, 6, sum);
  header[154] = '\0';
  return header;
}

const std::string end_of_archive(2 * tar_block, '\0');

}  // namespace

std::optional<std::string> directory_archive(std::string_view path, std::uint32_t mode, std::uint32_t uid,
                                             std::uint32_t gid) {
  auto header = path.empty() ? std::nullopt : header_of({mode, uid, gid, 0, '5'}, std::string(path) + '/');
  if (header) *header += end_of_archive;
  return header;
}

std::optional<std::string> files_archive(const std::vector<tar_file>& files, std::uint32_t owner) {
  std::string out;
  for (const auto& file : files) {
    const auto header = header_of({file.mode, owner, owner, file.content.size(), '0'}, file.name);
    if (!header) return std::nullopt;
    (out += *header) += file.content;
    out.append((tar_block - file.content.size() % tar_block) % tar_block, '\0');
  }
  return out + end_of_archive;
}

}  // namespace troupe::docker
