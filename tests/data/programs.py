"""Real servers as tenants run them: their images, how each is deployed, written to and read."""
import collections
import subprocess
import unittest

import house

SERVICE = "db"
VOLUME = "data"
PASSWORD = "only-for-tests"


def volume(environment):
    """Docker's name of a program's volume."""
    return f"troupe-{environment.removeprefix('env_')}-{VOLUME}"


class Program(collections.namedtuple("Program", "name data body prepare client statement read writer_env")):
    """name: of config/scripts/program-images
    data: where the image keeps its data
    body: more of the deployment
    prepare: a shell command that makes the tables, again and again without harm
    client: a shell command that reads statements from stdin and prints a row's id once that row is committed
    statement: a shell command that prints the statement that commits the row $id of $session
    read: an argument list that prints the ids of all rows, run in the server's container
    writer_env: what the client finds in its environment
    """

    def image(self, engine):
        """Its reference in that Engine; makes it there if need be."""
        script = house.ROOT / "config/scripts/program-images"
        done = house.as_root(script, engine, self.name, check=False, timeout=300)
        if done.returncode == 77:
            raise unittest.SkipTest(done.stderr.strip())
        if done.returncode != 0:
            raise subprocess.SubprocessError(f"{script}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def deployment(self, **more):
        """The deployment's body without environment and image."""
        return {"name": SERVICE, "volumes": [{"name": VOLUME, "mountPath": self.data}], **self.body, **more}


def check(*command):
    """A health check that answers soon and is patient with a slow machine."""
    return {"command": command, "intervalSeconds": 1, "timeoutSeconds": 5, "retries": 5, "startPeriodSeconds": 30}


# One transaction writes both tables: `written` must tell how many rows of a session `kept` holds, however it ended.
POSTGRES = Program(
    name="postgres", data="/var/lib/postgresql/data",
    # The log is kept with the data, so that it tells of all containers there were.
    body={"envVars": {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app"},
          "args": ["postgres", "-c", "logging_collector=on"],
          "healthCheck": check("pg_isready", "-q", "-U", "postgres", "-d", "app")},
    prepare='''psql -q -v ON_ERROR_STOP=1 -c "CREATE TABLE IF NOT EXISTS kept (id text PRIMARY KEY);
               CREATE TABLE IF NOT EXISTS written (session text PRIMARY KEY, rows integer NOT NULL);
               INSERT INTO written SELECT 's' || n, 0 FROM generate_series(1, 9) n ON CONFLICT DO NOTHING"''',
    # A server that is gone without a word must not hold the client up.
    client="psql -X -q -A -t -d tcp_user_timeout=4000",
    statement='''echo "WITH counted AS (UPDATE written SET rows = rows + 1 WHERE session = '$session')
                       INSERT INTO kept VALUES ('$id') RETURNING id;"''',
    read=("psql", "-X", "-q", "-A", "-t", "-U", "postgres", "-d", "app", "-c", "SELECT id FROM kept"),
    writer_env={"PGHOST": SERVICE, "PGUSER": "postgres", "PGDATABASE": "app", "PGPASSWORD": PASSWORD,
                "PGCONNECT_TIMEOUT": "3"})

REDIS = Program(
    name="redis", data="/data",
    body={"args": ["redis-server", "--appendonly", "yes", "--appendfsync", "always"],
          "healthCheck": check("redis-cli", "ping")},
    prepare=f"[ \"$(redis-cli -h {SERVICE} ping)\" = PONG ]", client=f"redis-cli -h {SERVICE}",
    statement='''echo "EVAL \\"redis.call('SET', KEYS[1], '1') return KEYS[1]\\" 1 $id"''',
    read=("redis-cli", "keys", "*"), writer_env={})

MARIADB = Program(
    name="mariadb", data="/var/lib/mysql",
    body={"envVars": {"MARIADB_ROOT_PASSWORD": PASSWORD, "MARIADB_DATABASE": "app"},
          "healthCheck": check("mariadb", "-uroot", f"-p{PASSWORD}", "-e", "SELECT 1")},
    prepare=f'mariadb -h {SERVICE} -uroot app -e "CREATE TABLE IF NOT EXISTS kept (id varchar(60) PRIMARY KEY)"',
    # It ends at the first error, so that the id of a row that failed is not printed.
    client=f"mariadb -h {SERVICE} -uroot --connect-timeout=3 --batch --skip-column-names --unbuffered app",
    statement='''echo "INSERT INTO kept VALUES ('$id'); SELECT '$id';"''',
    read=("mariadb", "-uroot", f"-p{PASSWORD}", "--batch", "--skip-column-names", "app", "-e", "SELECT id FROM kept"),
    writer_env={"MYSQL_PWD": PASSWORD})

SQLITE = Program(
    name="sqlite", data="/data",
    body={"healthCheck": check("sqlite3", "/data/rows.db", ".timeout 10000", "SELECT count(*) FROM kept")},
    prepare=":",
    client=f'while read -r id; do wget -q -O - "http://{SERVICE}:8080/cgi-bin/insert?$id" || exit; done',
    statement='echo "$id"',
    read=("sqlite3", "/data/rows.db", ".timeout 10000", "SELECT id FROM kept"), writer_env={})
