// As much of the tar format (POSIX ustar) as the Engine's archive calls need: the first entry of an archive, and
// archives of one directory or of some files.
#pragma once

#include <cstdint>
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
