"""Keeps the arrows between the rooms, and proves that each rule would notice."""
import sys
import tempfile
import unittest
from pathlib import Path

import arrows

ROOT = Path(__file__).resolve().parents[2]


class TheHouse(unittest.TestCase):
    maxDiff = None

    def test_keeps_its_arrows(self):
        self.assertEqual([], arrows.check(ROOT))

    def test_is_read_at_all(self):
        rooms = {arrows.room_of(path) for path in arrows.sources(ROOT)}
        self.assertLessEqual({"actors", "actors/model", "actors/secrets", "config", "config/commands", "docker", "http",
                              "http/api", "nginx", "persistence"}, rooms)


class PlantedViolations(unittest.TestCase):
    """Each of these lines, at the end of that file, breaks one rule."""

    PLANTS = [
        ("config/settings.cpp", '#include "actors/model/ids.hpp"', "config must not know actors/model"),
        ("config/settings.hpp", "#include <caf/all.hpp>", "config must not know caf"),
        ("config/settings.cpp", '#include "config/commands/show_config.hpp"', "config must not know config/commands"),
        ("docker/transport.cpp", '#include "config/commands/show_config.hpp"', "docker must not know config/commands"),
        ("actors/model/ids.hpp", "#include <nlohmann/json.hpp>", "actors/model must not know nlohmann"),
        ("actors/model/ids.hpp", "#include <unistd.h>", "standard library alone"),
        ("actors/model/ids.cpp", "  #  include <fstream>", "actors/model is pure"),
        ("actors/model/ids.cpp", "auto t = std::chrono::system_clock::now();", "is told the time"),
        ("actors/model/ids.cpp", '#include "config/logging.hpp"', "actors/model must not know config"),
        ("actors/model/ids.cpp", '#include "actors/messages.hpp"', "actors/model must not know actors"),
        ("actors/deployment.cpp", '#include "docker/engine.hpp"', "actors must not know docker"),
        ("actors/deployment.cpp", '#include "persistence/database.hpp"', "actors must not know persistence"),
        ("actors/environment.cpp", '#include "http/server.hpp"', "actors must not know http"),
        ("actors/environment.cpp", '#include "nginx/door.hpp"', "actors must not know nginx"),
        ("actors/secrets/random.cpp", '#include "actors/messages.hpp"', "actors/secrets must not know actors"),
        ("actors/secrets/random.cpp", "#include <caf/all.hpp>", "actors/secrets must not know caf"),
        ("actors/identity.cpp", "#include <openssl/evp.h>", "actors must not know openssl"),
        ("persistence/rows.cpp", "#include <crypt.h>", "persistence must not know crypt.h"),
        ("docker/engine.cpp", '#include "persistence/rows.hpp"', "docker must not know persistence"),
        ("docker/engine.cpp", '#include "actors/orchestrator.hpp"', "is handed handles"),
        ("docker/engine.cpp", "#include <pqxx/pqxx>", "docker must not know pqxx"),
        ("persistence/rows.cpp", "#include <curl/curl.h>", "persistence must not know curl"),
        ("persistence/rows.cpp", '#include "docker/engine.hpp"', "persistence must not know docker"),
        ("nginx/door.cpp", '#include "http/server.hpp"', "nginx must not know http"),
        ("http/server.cpp", "#include <caf/all.hpp>", "http must not know caf"),
        ("http/api/routes.cpp", "#include <pistache/http.h>", "http/api must not know pistache"),
        ("http/api/routes.cpp", "#include <yaml-cpp/yaml.h>", "http/api must not know yaml-cpp"),
        ("http/compose/read.cpp", '#include "http/api/routes.hpp"', "http/compose must not know http/api"),
        ("http/server.cpp", '#include "http/api/routes.hpp"', "http must not know http/api"),
        ("http/server.cpp", "#include <docker/engine.hpp>", "http must not know docker"),
        ("http/server.cpp", "#include <hiredis/hiredis.h>", "unknown library"),
        ("http/server.cpp", '#include "server.hpp"', "from the root"),
        ("http/server.cpp", '#include "http/no_such.hpp"', "does not exist"),
        ("docker/engine.cpp", 'int x = std::system("ip link");', "runs a shell"),
        ("docker/engine.cpp", 'FILE* f = popen("ls", "r");', "runs a shell"),
        ("nginx/door.cpp", 'int x = ::execlp("nginx", "nginx", nullptr);', "searches PATH"),
        ("nginx/door.cpp", 'const char* p = "/bin/sh"; int x = ::execve(p, a, e);', "no shell"),
        ("nginx/door.cpp", 'int x = posix_spawnp(&pid, "nginx", nullptr, nullptr, argv, nullptr);', "searches PATH"),
        ("config/planted.hpp", "namespace troupe {}", "without #pragma once"),
        ("tests/support/planted.hpp", "namespace troupe {}", "without #pragma once"),
    ]
    HARMLESS = [
        ("config/settings.cpp", '// #include "actors/model/ids.hpp"'),
        ("docker/engine.cpp", "caf::actor_system system(config); caf::actor_system& system (other); self->system().render(x);"),
        ("docker/engine.cpp", 'auto text = "popen(x) system(y)";'),
        ("docker/engine.cpp", '/* popen("x") */'),
        ("docker/engine.cpp", 'const char* in_the_container = "/bin/sh";'),
    ]

    def plant(self, path, line):
        """What is new once the line stands in the file."""
        file = ROOT / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""

        def check(source):
            return arrows.violations_of(path, source, lambda header: (ROOT / header).is_file())

        before = check(text) if text else []
        return [violation for violation in check(text + line + "\n") if violation not in before]

    def test_each_is_found(self):
        for path, line, why in self.PLANTS:
            with self.subTest(path=path, line=line):
                found = self.plant(path, line)
                self.assertEqual(1, len(found), found)
                self.assertIn(why, found[0])
                self.assertTrue(found[0].startswith(path), found[0])

    def test_what_only_looks_like_one_is_left_alone(self):
        for path, line in self.HARMLESS:
            with self.subTest(path=path, line=line):
                self.assertEqual([], self.plant(path, line))

    def test_files_are_found_wherever_they_lie(self):
        with tempfile.TemporaryDirectory(prefix="troupe-architecture-") as house:
            for path in ("config/deep/er/a.cpp", "http/api/b.hpp", "tests/support/c.hpp"):
                file = Path(house, path)
                file.parent.mkdir(parents=True)
                file.write_text("#include <pqxx/pqxx>\n", encoding="utf-8")
            self.assertEqual(
                ["config/deep/er/a.cpp:1: config must not know pqxx (<pqxx/pqxx>)",
                 "http/api/b.hpp:1: a header without #pragma once",
                 "http/api/b.hpp:1: http/api must not know pqxx (<pqxx/pqxx>)",
                 "tests/support/c.hpp:1: a header without #pragma once"], arrows.check(house))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main(verbosity=2)
