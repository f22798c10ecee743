// Public Compose files of well-known programs, by their shapes: what becomes of each, and that docs/compose-table.md
// says so.
#include <map>
#include <regex>

#include <gtest/gtest.h>

#include "actors/model/application_plan.hpp"
#include "tests/compose/compose_file.hpp"
#include "tests/http_api/compose_files.hpp"

using namespace troupe;
using namespace troupe::http::api::test;

namespace {

struct verdict {
  std::string outcome;                           // as in NAME.outcome
  std::map<std::string, std::set<int>> changes;  // by word, in which lines it has to be changed
};

// "line 3, column 5, services.web.ports[0]: names …" is about ports, "…, services.web: ports/0/host is …" too.
void note_change(const std::string& detail, verdict& out) {
  static const std::regex shape("^line ([0-9]+), column [0-9]+(?:, ([^ ]*))?: ([^ /]*)[^]*");
  std::smatch parts;
  if (!std::regex_match(detail, parts, shape)) {
    ADD_FAILURE() << "no place: " << detail;
    return;
  }
  std::string word = parts[2];
  if (word.starts_with("services.")) {
    const auto dot = word.find('.', 9);
    word = dot == std::string::npos ? std::string(parts[3]) : word.substr(dot + 1);
  }
  out.changes[word.substr(0, word.find_first_of(".["))].insert(std::stoi(parts[1]));
}

verdict verdict_on(const std::filesystem::path& path) {
  verdict out;
  const auto variables = test::variables_beside(path);
  const auto taken = take_file(test::text_of(path), variables);
  auto wrong = taken.wrong;
  if (wrong.empty())
    if (const auto plan = model::plan_application(taken.wanted.services, {}, false); !plan)
      for (const auto& v : plan.error().violations) {
        out.outcome += v.pointer + ' ' + v.detail + '\n';
        out.changes["environment"];
      }
  for (const auto& v : wrong) {
    out.outcome += v.detail + '\n';
    note_change(v.detail, out);
  }
  if (!out.outcome.empty()) {
    out.outcome = "refused\n" + out.outcome;
    return out;
  }
  const auto read = test::outcome_of(test::text_of(path), variables);
  out.outcome = test::shown(read.app) + "noted\n" + test::told(read.app.ignored);
  return out;
}

std::string cell(const verdict& of) {
  if (of.changes.empty()) return "yes";
  std::string out;
  for (const auto& [word, lines] : of.changes) {
    out += (out.empty() ? "`" : "; `") + word + "`";
    std::string separator = " ";
    for (const auto line : lines) out += std::exchange(separator, ", ") + std::to_string(line);
  }
  return out;
}

const std::string page = test::text_of(TROUPE_SOURCE_DIR "/docs/compose-table.md");

// What the page says beside the cell; "" where it has no such row.
std::string advice(const std::string& row) {
  const auto at = page.find(row);
  if (at == std::string::npos) return {};
  const auto from = at + row.size();
  return page.substr(from, page.find(" |\n", from) - from);
}

}  // namespace

TEST(ComposeTable, FilesBecomeWhatIsWrittenBesideThem) {
  EXPECT_GE(test::files_in("public").size(), 30U);
  for (const auto& path : test::files_in("public")) test::expect_outcome(path, verdict_on(path).outcome);
}

TEST(ComposeTable, ThePageTellsWhatBecomesOfEach) {
  int as_they_stand = 0, one = 0, several = 0, never = 0;
  const auto files = test::files_in("public");
  for (const auto& path : files) {
    const auto name = path.stem().string();
    const auto of = verdict_on(path);
    const auto row = "| [" + name + "](../tests/compose/public/" + name + ".yml) | " + cell(of) + " | ";
    const auto says = advice(row);
    EXPECT_FALSE(says.empty()) << "has no row that begins with\n" << row;
    if (of.changes.empty())
      ++as_they_stand;
    else if (says.starts_with("not "))
      ++never;
    else
      ++(of.changes.size() == 1 ? one : several);
  }
  const auto sum = "Of " + std::to_string(files.size()) + " files, " + std::to_string(as_they_stand) +
                   " go as they stand, " + std::to_string(one) + " with one kind of change, " +
                   std::to_string(several) + " with several, " + std::to_string(never) + " not.";
  EXPECT_NE(page.find(sum), std::string::npos) << sum;
  EXPECT_EQ(static_cast<std::size_t>(std::count(page.begin(), page.end(), '\n')) -
                static_cast<std::size_t>(std::count(page.begin(), page.begin() + page.find("| --- |"), '\n')) - 1,
            files.size())
      << "the table has a row for each file, and ends the page";
}

TEST(ComposeFile, AllThatIsWrongIsToldAtOnceByLine) {
  const auto taken = take_file(
      "services:\n"
      "  web: {image: a, ports: [\"80:80\"], pid: host}\n"
      "  job: {build: ., cap_add: [SYS_ADMIN]}\n"
      "  one: {image: a, volumes: [\"data:/data\", \"more:/more\"]}\n"
      "  two: {image: a, volumes: [\"more:/more:ro\", \"data:/data\"]}\n"
      "  odd: {image: a, x-troupe: {envVars: [~], volumes: {a: b}}}\n");
  std::string told;
  for (const auto& v : taken.wrong) told += v.detail.substr(0, v.detail.find(':', v.detail.find(": ") + 2)) + '\n';
  EXPECT_EQ(told,
            "line 2, column 27, services.web: ports/0/host is not among the host ports that may be asked for\n"
            "line 2, column 37, services.web.pid: is refused\n"
            "line 3, column 9, services.job.build: is refused\n"
            "line 3, column 29, services.job: security/capabilities/0 must be one of\n"
            "line 5, column 46, services.two: volumes/1 is written to by the service one, too\n"
            "line 6, column 39, services.odd: envVars must be an object\n"
            "line 6, column 53, services.odd: volumes must be a list\n");
}
