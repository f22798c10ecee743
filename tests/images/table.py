"""Much used images, as far as their entry points, users and files go: one row each. Where Debian has the program it is the
real one; elsewhere a few lines of shell do at the start what the real program does, and then answer HTTP.

A row's files are (path, content, mode, owner); its directories (path, mode, owner); an owner is "uid" or "uid:gid".
"""
import dataclasses

SERVE = "exec httpd -f -p 8080 -h /www\n"
# What many official entry points do: as root they make their data theirs and start again as their user.
GUARDED = '''if [ "$(id -u)" = 0 ]; then chown -R {user} {data}; exec gosu {user} "$0" "$@"; fi\n'''
# Others never ask who they are.
BLUNT = "chown -R {user} {data}\n"


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    behaviour: str               # of its entry point, for people
    script: str = SERVE          # the entry point, without its first line
    base: str = "base"           # or a program of config/scripts/program-images, or nginx
    docker: tuple = ()           # more lines of the Dockerfile
    users: tuple = ()            # (name, uid[, gid]) beside root and nobody
    directories: tuple = ()
    files: tuple = ()
    variables: dict = dataclasses.field(default_factory=dict)  # without which it does not start
    check: str = ""              # a shell command that succeeds in it once it does its work
    word: str = ""               # the field that it cannot do without; "": it runs with the image alone
    path: str = "/entrypoint.sh"  # of the entry point
    capabilities: int = 0        # file capabilities of /usr/bin/busybox-server, by their bits
    quick: bool = True           # tried in every run


def script(text, **names):
    return text.format(**names)


APP = (("app", 1000),)
ROWS = (
    # ---- servers of the web
    Row("nginx", "root starts it, its workers are another user", 'exec nginx -g "daemon off;"\n', base="nginx",
        docker=("EXPOSE 80",), check="wget -q -O - http://127.0.0.1:80/"),
    Row("nginx-templates", "root writes /etc/nginx/conf.d from a template; the directory is its user's",
        'sed "s/PORT/80/" /etc/nginx/templates/site >/etc/nginx/conf.d/site.conf || exit 1\n'
        'exec nginx -c /etc/nginx/conf.d/all.conf -g "daemon off;"\n', base="nginx", docker=("USER 101",),
        directories=(("etc/nginx/conf.d", 0o775, "101:0"), ("etc/nginx/templates", 0o755, "0")),
        files=(("etc/nginx/templates/site", "server { listen PORT; root /usr/share/nginx/html; }\n", 0o644, "0"),
               ("etc/nginx/conf.d/all.conf", "pid /tmp/nginx.pid;\nevents {}\nhttp { access_log off; client_body_temp_path /tmp/b;"
                " proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;"
                " include /etc/nginx/conf.d/site.conf; }\n", 0o644, "101:0")),
        check="wget -q -O - http://127.0.0.1:80/", word="security.writablePaths"),
    Row("httpd", "writes its pid file beside its logs", "echo $$ >/usr/local/apache2/logs/httpd.pid || exit 1\n" + SERVE,
        directories=(("usr/local/apache2/logs", 0o755, "0"),)),
    Row("php-apache", "its directory belongs to www-data; it writes to /run/apache2 and /var/lock",
        "mkdir -p /run/apache2/sockets && touch /var/www/html/upload /run/lock/apache2 || exit 1\n" + SERVE,
        users=(("www-data", 33),), docker=("WORKDIR /var/www/html",),
        directories=(("var/www/html", 0o755, "33"), ("run/apache2", 0o755, "33"), ("run/lock", 0o1777, "0"))),
    Row("haproxy", "a user of its own, that listens at 80", "exec httpd -f -p 80 -h /www\n", users=(("haproxy", 99),),
        docker=("USER haproxy",), check="wget -q -O - http://127.0.0.1:80/"),
    Row("traefik", "one static program, root", "exec /usr/bin/busybox-server httpd -f -p 80 -h /www\n"),
    Row("caddy", "a program with CAP_NET_BIND_SERVICE; writes to /data and /config",
        "touch /data/x /config/x || exit 1\nexec /usr/bin/busybox-server httpd -f -p 80 -h /www\n", capabilities=1 << 10,
        docker=("VOLUME /data /config",), directories=(("data", 0o755, "0"), ("config", 0o755, "0"))),
    # ---- databases
    Row("postgres", "root gives the data to postgres, and steps down", script(GUARDED, user="postgres", data="$PGDATA")
        + 'exec /entrypoint "$@"\n', base="postgres", docker=("USER root", 'CMD ["postgres"]'),
        variables={"POSTGRES_PASSWORD": "only-for-tests"}, check="pg_isready -q -U postgres"),
    Row("mariadb", "root gives the data to mysql, and steps down", script(GUARDED, user="mysql", data="/var/lib/mysql")
        + 'exec /entrypoint "$@"\n', base="mariadb", docker=("USER root", 'CMD ["mariadbd"]'),
        variables={"MARIADB_ROOT_PASSWORD": "only-for-tests"},
        check="mariadb -uroot -ponly-for-tests -e 'SELECT 1'", quick=False),
    Row("redis", "root gives the data to redis, and steps down", script(GUARDED, user="redis", data="/data")
        + 'exec /entrypoint "$@"\n', base="redis", docker=("USER root", 'CMD ["redis-server"]'), check="redis-cli ping"),
    Row("mongo", "the same, with two volumes", script(GUARDED, user="mongodb", data="/data/db /data/configdb")
        + "touch /data/db/x /data/configdb/x || exit 1\n" + SERVE, users=(("mongodb", 999),),
        docker=("VOLUME /data/db /data/configdb",),
        directories=(("data/db", 0o755, "999"), ("data/configdb", 0o755, "999"))),
    Row("memcached", "a user of its own", users=(("memcache", 11211),), docker=("USER memcache",)),
    Row("rabbitmq", "its data is named after the host; it writes to /var/log/rabbitmq",
        script(GUARDED, user="rabbitmq", data="/var/lib/rabbitmq")
        + "mkdir -p /var/lib/rabbitmq/mnesia/rabbit@$(hostname) && touch /var/log/rabbitmq/x || exit 1\n" + SERVE,
        users=(("rabbitmq", 999),), docker=("VOLUME /var/lib/rabbitmq",), word="security.writablePaths",
        directories=(("var/lib/rabbitmq", 0o777, "999"), ("var/log/rabbitmq", 0o777, "999"))),
    Row("etcd", "writes below its working directory, /", "mkdir /default.etcd || exit 1\n" + SERVE,
        word="security.writablePaths"),
    Row("minio", "root; writes to a volume that is root's", "mkdir -p /data/.sys/tmp || exit 1\n" + SERVE,
        docker=("VOLUME /data",), directories=(("data", 0o755, "0"),)),
    Row("elasticsearch", "user 1000 of group 0; checks that its data is its own",
        'test -O /usr/share/data && touch /usr/share/data/nodes || { echo "not the owner of /usr/share/data"; exit 1; }\n'
        + SERVE, users=(("elasticsearch", 1000, 0),), docker=("USER 1000:0", "VOLUME /usr/share/data"),
        directories=(("usr/share/data", 0o775, "1000:0"),)),
    # ---- applications
    Row("grafana", "user 472 of group 0, whose directory all may write to", "touch /var/lib/grafana/grafana.db || exit 1\n" + SERVE,
        docker=("USER 472",), users=(("grafana", 472, 0),), directories=(("var/lib/grafana", 0o777, "472:0"),),
        word="security.writablePaths"),
    Row("prometheus", "nobody, to whom its volume belongs", "mkdir /prometheus/wal || exit 1\n" + SERVE,
        docker=("USER nobody", "VOLUME /prometheus"), directories=(("prometheus", 0o755, "65534"),)),
    Row("wordpress", "copies the site into its volume as www-data",
        script(GUARDED, user="www-data", data="/var/www/html") + "cp -r /usr/src/wordpress/. /var/www/html || exit 1\n" + SERVE,
        users=(("www-data", 33),), docker=("VOLUME /var/www/html", "WORKDIR /var/www/html"),
        directories=(("var/www/html", 0o1777, "33"), ("usr/src/wordpress", 0o755, "33")),
        files=(("usr/src/wordpress/index.php", "<?php\n", 0o644, "33"),)),
    Row("ghost", "its volume has content of its user's", script(GUARDED, user="node", data="/var/lib/ghost/content")
        + "echo more >>/var/lib/ghost/content/themes/casper || exit 1\n" + SERVE, users=(("node", 1000),),
        docker=("VOLUME /var/lib/ghost/content",), directories=(("var/lib/ghost/content/themes", 0o755, "1000"),),
        files=(("var/lib/ghost/content/themes/casper", "a theme\n", 0o644, "1000"),)),
    Row("seeded", "its volume has content that is root's", "echo more >>/data/seed/file || exit 1\n" + SERVE,
        docker=("VOLUME /data",), directories=(("data/seed", 0o755, "0"),), files=(("data/seed/file", "x\n", 0o644, "0"),)),
    Row("node", "user node; writes to its home", 'mkdir -p "$HOME/.npm/_cacache" || exit 1\n' + SERVE,
        users=(("node", 1000),), docker=("USER node", "ENV HOME=/home/node"), directories=(("home/node", 0o755, "1000"),),
        word="security.writablePaths"),
    Row("gunicorn", "root; its workers beat in /dev/shm and /tmp", "touch /dev/shm/beat /tmp/beat || exit 1\n" + SERVE),
    Row("java", "reads its limit of memory; unpacks a library to /tmp, and runs it",
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null | grep -q . || exit 1\n"
        "cp /bin/busybox /tmp/busybox-native && /tmp/busybox-native true || exit 1\n" + SERVE),
    Row("jenkins", "user jenkins, with a home that is a volume", 'mkdir "$HOME/plugins" || exit 1\n' + SERVE,
        users=(("jenkins", 1000),), docker=("USER jenkins", "ENV HOME=/var/jenkins_home", "VOLUME /var/jenkins_home"),
        directories=(("var/jenkins_home", 0o755, "1000"),)),
    Row("openshift", "a number without a name, in group 0", 'touch "$HOME/x" /opt/app/x || exit 1\n' + SERVE,
        docker=("USER 1001", "VOLUME /opt/app"), directories=(("opt/app", 0o775, "0:0"),)),
    Row("groups", "reads a key that its second group may", "cat /etc/app/key >/dev/null || exit 1\n" + SERVE,
        users=APP + (("keys", 50),), docker=("USER app",), directories=(("etc/app", 0o750, "0:50"),),
        files=(("etc/app/key", "k\n", 0o640, "0:50"),)),
    Row("variable", "wants a variable and says so", ': "${APP_SECRET:?APP_SECRET must be set}"\n' + SERVE, word="envVars"),
    # ---- those that need root
    Row("mosquitto", "makes its data its user's, and steps down without asking", script(BLUNT, user="mosquitto", data="/mosquitto/data")
        + "exec gosu mosquitto httpd -f -p 8080 -h /www\n", users=(("mosquitto", 1883),),
        directories=(("mosquitto/data", 0o755, "0"),), docker=("VOLUME /mosquitto/data",)),
    Row("supervisord", "a program that changes to the users of its children by itself",
        "exec /usr/bin/supervisord\n", users=APP,
        files=(("usr/bin/supervisord", "#!/bin/sh\necho $$ >/run/supervisord.pid\n/usr/bin/setpriv --reuid=1000 --regid=1000 --clear-groups "
                "httpd -f -p 8080 -h /www || exit 1\n", 0o755, "0"),), word="security.preset"),
    Row("cron", "root; its jobs are other users'", "echo $$ >/var/run/crond.pid\nexec crond-like\n", users=APP,
        files=(("bin/crond-like", "#!/bin/sh\n/usr/bin/setpriv --reuid=1000 --regid=1000 --clear-groups true || exit 1\n" + SERVE, 0o755, "0"),),
        word="security.preset"),
    Row("sshd", "root; changes its root directory for who is not logged in yet",
        "chroot /run/sshd-empty /true 2>/tmp/e; grep -q ermitted /tmp/e && { echo 'chroot: Operation not permitted'; exit 1; }\n" + SERVE,
        directories=(("run/sshd-empty", 0o755, "0"),), word="security.preset"),
    Row("setcap", "a program with CAP_SETUID", "exec /usr/bin/busybox-server httpd -f -p 8080 -h /www\n", capabilities=1 << 7,
        path="/usr/bin/start", word="security.preset"),
    Row("s6", "/init sets its directories up as root, all over the place",
        "mkdir -p /etc/s6/run /run/s6 && chown app /etc/s6/run || exit 1\n# s6\n" + SERVE, users=APP, path="/init",
        word="security.preset"),
    # ---- memory
    Row("browser", "takes 100 MB of /dev/shm",
        "dd if=/dev/zero of=/dev/shm/frame bs=1M count=100 2>/tmp/e || { cat /tmp/e; exit 1; }\n" + SERVE, word="shmSizeMb"),
    Row("uploads", "takes 100 MB of /tmp", "dd if=/dev/zero of=/tmp/part bs=1M count=100 || exit 1\n" + SERVE, word="tmpfs"),
)
