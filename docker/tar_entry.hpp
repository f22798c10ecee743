// As much of the tar format (POSIX ustar, and the PAX headers that Docker writes) as the Engine's archive calls need:
// the first entry of an archive, what it lists, and archives of one directory or of some files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::docker {

struct tar_entry {
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  char type = '0';  // '0' file, '5' directory, '2' symbolic link
};

inline constexpr std::size_t tar_block = 512;

// Nothing where the first 512 bytes are not a header. PAX headers before it are skipped by `first_entry_offset`.
std::optional<tar_entry> read_tar_header(std::string_view bytes);

// Where the first real entry's header begins; nothing while more bytes are needed to say so.
std::optional<std::size_t> first_entry_offset(std::string_view bytes);

// The content of an archive's first entry, if it is all there and a regular file.
std::optional<std::string> first_file(std::string_view bytes);

// An entry as an archive lists it.
struct listed_entry {
  std::string path;  // as it stands there, without a slash at its end
  tar_entry head;
  std::uint64_t capabilities = 0;  // that it brings as a file, by their bits
};
// Follows an archive as it comes, without keeping what its files hold.
class tar_listing {
public:
  explicit tar_listing(std::function<bool(const listed_entry&)> take) : take_(std::move(take)) {}

  // False: no more is wanted. That is so when `take` says so, at the archive's end, and where this is no archive.
  bool feed(std::string_view bytes);

private:
  bool take_block();
  bool take_entry(const tar_entry& head);

  std::function<bool(const listed_entry&)> take_;
  std::string block_;
  std::string extension_;         // the PAX records before an entry
  std::uint64_t left_ = 0;        // blocks of content
  bool reads_extension_ = false;  // whether they are such records
  std::uint64_t extension_size_ = 0;
};

struct tar_file {
  std::string name;  // without a slash in front, 100 bytes at most
  std::string content;
  std::uint32_t mode = 0644;
};
// An archive of these files; nothing where a name is too long.
std::optional<std::string> files_archive(const std::vector<tar_file>& files, std::uint32_t owner);

// An archive whose one entry is this directory ("srv/data", without a slash in front); nothing where the path is too
// long (100 bytes).
std::optional<std::string> directory_archive(std::string_view path, std::uint32_t mode, std::uint32_t uid,
                                             std::uint32_t gid);

}  // namespace troupe::docker
