// Where log lines are kept: numbers, positions, bounds, crashes, full disks, readers and followers.
#include "docker/log_shelf.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "docker/log_sieve.hpp"
#include "tests/docker/kept_logs.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const model::timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
const model::environment_id environment{"env_abcdefghijklmnop"}, other_environment{"env_bcdefghijklmnopq"};
const model::deployment_id first_release{"dep_aaaaaaaaaaaaaaaa"}, second_release{"dep_bbbbbbbbbbbbbbbb"};
const log_shelf::place web{environment, "web"};
const std::string container(64, 'c');

struct LogShelf : ::testing::Test {
  scratch_directory scratch;
  model::timestamp now = start + 1h;
  shelf_options options;
  std::unique_ptr<log_shelf> shelf;

  LogShelf() {
    options.directory = scratch.path() / "logs";
    options.now = [this] { return now; };
    options.waits = 0ms;
    open();
  }
  void open() {
    shelf.reset();
    shelf = std::make_unique<log_shelf>(options);
  }

  static actors::log_line line(int n, const model::deployment_id& of = first_release) {
    actors::log_line out;
    out.at = start + std::chrono::milliseconds(n);
    out.container = "web.1";
    out.message = "line " + std::to_string(n);
    out.deployment = of;
    return out;
  }
  void keep(int from, int to, const model::deployment_id& of = first_release, const log_shelf::place& where = web) {
    for (int n = from; n < to; ++n) shelf->keep(where, container, line(n, of));
  }
  static actors::read_logs all(std::uint32_t tail = 10'000) { return {environment, "web", {}, tail, {}}; }
  static std::vector<std::string> texts(const actors::log_page& page) {
    std::vector<std::string> out;
    for (const auto& l : page.lines) out.push_back(l.message);
    return out;
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& f : fs::recursive_directory_iterator(scratch.path()))
      if (f.is_regular_file()) out.push_back(f.path());
    std::sort(out.begin(), out.end());
    return out;
  }
};

TEST_F(LogShelf, WhatWasKeptIsThereAfterARestart) {
  keep(0, 1'000);
  open();
  const auto page = shelf->read(all());
  ASSERT_EQ(page.lines.size(), 1'000U);
  EXPECT_FALSE(page.more);
  EXPECT_EQ(page.lines[0].message, "line 0");
  EXPECT_EQ(page.lines[0].deployment, first_release);
  EXPECT_EQ(page.lines[0].container, "web.1");
  EXPECT_EQ(page.lines[999].at, line(999).at);
  EXPECT_EQ(shelf->position(web, container).streams[0].at, line(999).at);
  keep(1'000, 1'001);
  EXPECT_EQ(shelf->read(all()).lines[1'000].number, page.lines[999].number + 1) << "numbers go on";
}

TEST_F(LogShelf, WhatIsNotWrittenYetIsReadTooAndNothingTwice) {
  keep(0, 10);
  shelf->tend();
  keep(10, 20);
  EXPECT_EQ(texts(shelf->read(all(3))), (std::vector<std::string>{"line 17", "line 18", "line 19"}));
  EXPECT_EQ(shelf->read(all()).lines.size(), 20U);
}

TEST_F(LogShelf, FilesAndDirectoriesAreTheOwnersAlone) {
  keep(0, 1);
  shelf->tend();
  ASSERT_EQ(files().size(), 1U);
  struct stat file {
  }, directory{};
  stat(files()[0].c_str(), &file);
  stat(options.directory.c_str(), &directory);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(directory.st_mode & 0777U, 0700U);
}

TEST_F(LogShelf, EachFilterLeavesWhatItSays) {
  keep(0, 50);
  keep(50, 100, second_release);
  shelf->tend();
  auto wanted = all();
  wanted.deployment = second_release;
  EXPECT_EQ(shelf->read(wanted).lines.size(), 50U);
  wanted = all();
  wanted.since = line(90).at;
  wanted.until = line(94).at;
  EXPECT_EQ(texts(shelf->read(wanted)),
            (std::vector<std::string>{"line 90", "line 91", "line 92", "line 93", "line 94"}));
  wanted = all();
  wanted.contains = "7";
  EXPECT_EQ(shelf->read(wanted).lines.size(), 19U);
}

TEST_F(LogShelf, PagesGoThroughAllOfItInBothDirections) {
  keep(0, 250);
  shelf->tend();
  keep(250, 300);
  std::vector<std::string> back, forth, expected;
  for (int n = 0; n < 300; ++n) expected.push_back("line " + std::to_string(n));
  auto wanted = all(40);
  for (bool more = true; more;) {
    const auto page = shelf->read(wanted);
    const auto some = texts(page);
    back.insert(back.begin(), some.begin(), some.end());
    more = page.more;
    wanted.before = page.lines.front().number;
  }
  EXPECT_EQ(back, expected);
  wanted = all(40);
  wanted.after = 0;
  for (bool more = true; more;) {
    const auto page = shelf->read(wanted);
    const auto some = texts(page);
    forth.insert(forth.end(), some.begin(), some.end());
    more = page.more;
    wanted.after = page.lines.back().number;
  }
  EXPECT_EQ(forth, expected);
}

TEST_F(LogShelf, ABlockThatACrashHasCutOffGoesAndItsPositionWithIt) {
  keep(0, 10);
  shelf->tend();
  const auto whole = fs::file_size(files()[0]);
  keep(10, 20);
  shelf.reset();
  for (const auto cut : {whole + 1, fs::file_size(files()[0]) - 1}) {
    const auto saved = scratch.path() / "saved";
    fs::copy_file(files()[0], saved, fs::copy_options::overwrite_existing);
    fs::resize_file(files()[0], cut);
    shelf = std::make_unique<log_shelf>(options);
    EXPECT_EQ(shelf->position(web, container).streams[0].at, line(9).at);
    EXPECT_EQ(shelf->read(all()).lines.size(), 10U);
    keep(10, 20);
    EXPECT_EQ(shelf->read(all()).lines.size(), 20U);
    shelf.reset();
    fs::copy_file(saved, files()[0], fs::copy_options::overwrite_existing);
    fs::remove(saved);
  }
}

TEST_F(LogShelf, DamageInTheMiddleCostsItsOwnBlockAlone) {
  keep(0, 10);
  shelf->tend();
  const auto first = fs::file_size(files()[0]);
  keep(10, 20);
  shelf->tend();
  std::fstream file(files()[0], std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(first) - 12);
  file.put('x');
  file.close();
  EXPECT_EQ(shelf->read(all()).lines.size(), 10U);
}

TEST_F(LogShelf, AFileThatSomebodyRemovesCostsItsOwnLinesAlone) {
  keep(0, 10);
  shelf->tend();
  fs::remove_all(options.directory);
  keep(10, 20);
  shelf->tend();
  keep(20, 30);
  shelf->tend();
  EXPECT_EQ(shelf->read(all()).lines.size(), 20U);
  open();
  EXPECT_EQ(shelf->read(all()).lines.size(), 20U);
}

TEST_F(LogShelf, AServiceKeepsItsNewestBytes) {
  options.service_bytes = 64U << 10U;
  open();
  for (int n = 0; n < 20'000; ++n) {
    auto one = line(n);
    one.message += ' ' + std::to_string(std::hash<int>{}(n)*2'654'435'761U);
    shelf->keep(web, container, std::move(one));
    if (n % 200 == 0) shelf->tend();
  }
  shelf->tend(true);
  EXPECT_LE(shelf->bytes(), options.service_bytes);
  EXPECT_GT(shelf->bytes(), options.service_bytes / 2);
  const auto page = shelf->read(all());
  EXPECT_TRUE(page.lines.back().message.starts_with("line 19999"));
}

TEST_F(LogShelf, TheEnvironmentThatHoldsMostGivesItsOldestWhenAllIsTooMuch) {
  options.service_bytes = 8U << 10U;
  options.total_bytes = 12U << 10U;
  open();
  keep(0, 10, first_release, {other_environment, "web"});
  shelf->tend(true);
  for (const char* service : {"a", "b", "c", "d"})
    for (int n = 0; n < 3'000; n += 100) {
      for (int i = n; i < n + 100; ++i) {
        auto one = line(i);
        one.message += ' ' + std::to_string(std::hash<int>{}(i)*2'654'435'761U);
        shelf->keep({environment, service}, container, std::move(one));
      }
      now += 1s;
      shelf->tend(true);
    }
  EXPECT_LE(shelf->bytes(), options.total_bytes);
  EXPECT_EQ(shelf->read({other_environment, "web", {}, 100, {}}).lines.size(), 10U) << "the small one has lost nothing";
  EXPECT_FALSE(shelf->read({environment, "d", {}, 100, {}}).lines.empty()) << "the newest stay";
}

TEST_F(LogShelf, WhatIsPastItsTimeIsNotShownAndThenRemoved) {
  keep(0, 10);
  shelf->tend(true);
  now += options.age + 2h;
  EXPECT_TRUE(shelf->read(all()).lines.empty());
  shelf.reset();
  fs::last_write_time(files()[0], fs::file_time_type::clock::now() - 30 * 24h);
  open();
  shelf->tend();
  EXPECT_TRUE(files().empty());
}

TEST_F(LogShelf, AnEnvironmentsLogsGoWithItAndStayGone) {
  keep(0, 10);
  keep(0, 10, first_release, {other_environment, "web"});
  shelf->tend();
  bool ended = false;
  auto sink = std::make_shared<actors::log_sink>();
  sink->line = [](const actors::log_line&) { return true; };
  sink->ended = [&] { ended = true; };
  shelf->follow(all(), sink);
  shelf->drop(environment);
  EXPECT_TRUE(ended);
  keep(10, 20);
  shelf->tend(true);
  EXPECT_TRUE(shelf->read(all()).lines.empty());
  ASSERT_EQ(files().size(), 1U);
  EXPECT_NE(files()[0].string().find(other_environment.text), std::string::npos);
}

TEST_F(LogShelf, AFollowerGetsWhatWasKeptAndThenWhatComes) {
  keep(0, 50);
  shelf->tend();
  keep(50, 60);
  std::vector<std::string> got;
  std::uint64_t last = 0;
  auto sink = std::make_shared<actors::log_sink>();
  sink->line = [&](const actors::log_line& l) {
    got.push_back(l.message);
    last = l.number;
    return got.size() < 25;
  };
  bool ended = false;
  sink->ended = [&] { ended = true; };
  shelf->follow(all(20), sink);
  EXPECT_EQ(got.size(), 20U);
  keep(60, 80);
  EXPECT_EQ(got.size(), 25U);
  EXPECT_TRUE(ended) << "the reader has enough";
  EXPECT_EQ(got.front(), "line 40");
  EXPECT_EQ(got.back(), "line 64");

  got.clear();
  auto rest = all(20);
  rest.after = last;
  auto second = std::make_shared<actors::log_sink>();
  second->line = [&](const actors::log_line& l) { return got.push_back(l.message), true; };
  shelf->follow(rest, second);
  keep(80, 90);
  ASSERT_EQ(got.size(), 25U) << "from where the first was cut off, without a limit";
  EXPECT_EQ(got.front(), "line 65");
  EXPECT_EQ(got.back(), "line 89");
}

TEST_F(LogShelf, AFullDiskCostsAGapThatSaysSo) {
  keep(0, 10);
  shelf->tend(true);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit none{fs::file_size(files()[0]) + 10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);  // writing beyond it fails, as on a full disk
  for (int n = 10; n < 10'010; ++n) {
    auto one = line(n);
    one.message += std::string(100, 'x');
    shelf->keep(web, container, std::move(one));
    if (n % 500 == 0) shelf->tend(true);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  shelf->tend(true);
  const auto page = shelf->read(all());
  ASSERT_GT(page.lines.size(), 1'000U);
  EXPECT_EQ(page.lines[9].message, "line 9");
  EXPECT_TRUE(page.lines[10].gap);
  EXPECT_NE(page.lines[10].message.find("lines are missing here"), std::string::npos) << page.lines[10].message;
  const auto lost = std::stoul(page.lines[10].message);
  EXPECT_EQ(lost + page.lines.size() - 11, 10'000U) << "it says how many";
  EXPECT_TRUE(page.lines.back().message.starts_with("line 10009"));
  open();
  EXPECT_EQ(shelf->read(all()).lines.size(), page.lines.size());
}

TEST_F(LogShelf, NoServiceLeavesTheDirectory) {
  keep(0, 10, first_release, {environment, "../../escaped"});
  keep(0, 10, first_release, {{"../env"}, "web"});
  shelf->tend(true);
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(shelf->read({environment, "../web", {}, 1, {}}).lines.empty());
}

TEST(LogPosition, GoesOnBehindTheLinesOfItsNewestMoment) {
  log_position position;
  for (const int n : {1, 2, 2, 2}) position.advance(false, start + std::chrono::seconds(n));
  position.advance(true, start + 1s);
  log_resumption again(position);
  EXPECT_EQ(again.since(), start + 2s - 5s);
  std::vector<int> kept;
  for (const int n : {1, 2, 2, 2, 2, 3, 2})
    if (again.is_new(false, start + std::chrono::seconds(n))) kept.push_back(n);
  EXPECT_EQ(kept, (std::vector<int>{2, 3, 2})) << "a fourth of the moment, and all behind it";
  EXPECT_FALSE(again.is_new(true, start + 1s));
  EXPECT_TRUE(again.is_new(true, start + 1500ms)) << "each stream by itself";
  log_resumption fresh(log_position{});
  EXPECT_FALSE(fresh.since());
  EXPECT_TRUE(fresh.is_new(false, start));
}

}  // namespace
}  // namespace troupe::docker::tests
