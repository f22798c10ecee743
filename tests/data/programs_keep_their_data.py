"""Redis, MariaDB and a program on SQLite under load: every acknowledged row outlives each operation."""
import concurrent.futures
import unittest

import house
import programs
import trial
import witness

TRIED = (programs.REDIS, programs.MARIADB, programs.SQLITE)
KINDS = ("change", "restart", "bad_command", "rollback", "stop_and_start")


class ProgramsKeepTheirData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        house.need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_ENGINE_DIR")
        cls.images = [program.image(house.ENGINE) for program in TRIED]
        cls.own = cls.enterClassContext(house.House(house.ENGINE))
        cls.own.start()

    def suffer(self, program, image, environment):
        tried = trial.Trial(self.own, program, image, environment)
        tried.run(KINDS)
        print(tried.told())
        return tried.wrong

    def test_every_acknowledged_row_is_there(self):
        environments = [self.own.make_environment() for _ in TRIED]
        with witness.Watcher(house.ENGINE_DIR, *map(programs.volume, environments)) as watcher:
            with concurrent.futures.ThreadPoolExecutor(len(TRIED)) as pool:
                tried = [pool.submit(self.suffer, *each) for each in zip(TRIED, self.images, environments)]
            for program, wrong in zip(TRIED, tried):
                with self.subTest(program.name):
                    self.assertEqual([], wrong.result())
            report = watcher.report()
        with self.subTest("the Engine's processes"):
            self.assertGreaterEqual(report["looks"] / report["seconds"], 20)
            self.assertEqual(0, report["crowded"], witness.crowds(report)[:3])


if __name__ == "__main__":
    house.main()
