"""Who may know whom, read off the #include lines. docs/architecture.md says why."""
import re
from pathlib import Path

EVERY = "every room"

# A room is a folder; the longest one that fits a file is its room. What it may include of this project, itself aside.
# Adapters (persistence, docker, nginx, telegram, http) never know each other; actors never know an adapter; config is a leaf.
CONVERSATION = {"actors", "actors/model", "config"}
ROOMS = {
    "config": set(),
    "config/client": {"config"},
    "config/commands": EVERY,
    "actors/model": set(),
    "actors/codec": {"actors/model"},
    "actors/secrets": {"actors/model", "config"},
    "actors": {"actors/model", "actors/secrets", "config"},
    "actors/desk": CONVERSATION,  # no face, no adapter
    "persistence": CONVERSATION | {"actors/codec", "actors/secrets"},
    "docker": CONVERSATION | {"actors/secrets"},  # base64
    "nginx": CONVERSATION,
    "telegram": CONVERSATION | {"actors/desk", "actors/secrets"},
    "http": {"config"},
    "http/compose": {"config"},
    "http/api": CONVERSATION | {"actors/codec", "actors/desk", "actors/secrets", "http", "http/compose"},
    "http/mcp": CONVERSATION | {"actors/codec", "actors/desk", "actors/secrets", "http", "http/api"},
    "http/admin": CONVERSATION | {"actors/codec", "actors/secrets", "http", "http/api"},
}

# Who makes the actors of the tree: only main and the tree itself. All others are handed typed handles.
SPAWNERS = {f"actors/{name}.hpp" for name in ("deployment", "environment", "house", "orchestrator")}
SPAWNERS_KNOWN_BY = {"actors", "config/commands"}

# Third-party libraries, by the first part of a header's path.
JSON_ROOMS = {"config", "config/client", "config/commands", "actors/codec", "persistence", "docker", "telegram", "nginx", "http/api", "http/compose", "http/mcp", "http/admin"}
LIBRARIES = {
    "caf": {"actors", "actors/desk", "persistence", "docker", "telegram", "nginx", "http/api", "http/mcp", "http/admin", "config/commands"},
    "pistache": {"http"},
    "boost": {"http"},
    "pqxx": {"persistence"},
    "libpq-fe.h": {"persistence"},
    "curl": {"docker", "telegram", "config/client"},
    "zlib.h": {"docker"},
    "crypt.h": {"actors/secrets"},
    "idn2.h": {"http/api"},
    "openssl": {"actors/secrets", "http/api", "http/mcp"},  # http/api: fingerprints of bodies for Idempotency-Key; http/mcp: base64 in headers
    "openssl/opensslv.h": {"actors/secrets", "http/admin"},
    "valijson": {"http/api"},
    "yaml-cpp": {"http/compose"},
    "prometheus": {"http/admin"},
    "spdlog": {"config"},
    "CLI": {"config/commands"},
    "nlohmann": JSON_ROOMS,
}

# The model decides and does nothing: no clock, no input or output, no threads.
PURE = {"actors/model"}
IMPURE_HEADERS = {"atomic", "condition_variable", "cstdio", "filesystem", "fstream", "future", "iostream", "mutex", "random",
                  "shared_mutex", "stop_token", "thread"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
STANDARD = re.compile(r"[a-z_]+")  # <vector>
SYSTEM = re.compile(r"([a-z]+|(sys|netinet|arpa|net|linux)/[a-z_]+)\.h")
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.S)
NOW = re.compile(r"\b\w*_clock\s*::\s*now\b|(?<![\w.>:])(time|gettimeofday|clock_gettime)\s*\(")
SHELL_CALL = re.compile(r"(?<![\w.>])(?:std\s*::\s*|::\s*)?(system|popen|wordexp|execlp?e?|execvpe?|posix_spawnp)\s*\(")
DECLARES_ACTOR_SYSTEM = re.compile(r"actor_system\s*&?\s*$")
STARTS_PROGRAMS = re.compile(r"\b(execve?|fexecve|posix_spawn)\s*\(")
SHELL_PATH = re.compile(r'"(/usr)?/bin/(env|sh|bash|dash)"')  # elsewhere it may be a container's


def room_of(path):
    parts = path.split("/")[:-1]
    for length in range(len(parts), 0, -1):
        folder = "/".join(parts[:length])
        if folder in ROOMS:
            return folder
    return None


def without(text, texts_too):
    """The source without its comments, and without the contents of its literals if asked; lines stay where they are."""
    def blank(match):
        if match[0].startswith("/"):
            return "\n" * match[0].count("\n")
        return '""' + "\n" * match[0].count("\n") if texts_too else match[0]
    return COMMENT_OR_TEXT.sub(blank, text)


def violations_of(path, text, exists):
    """`path` from the root; `exists` tells whether a path from the root is a file of ours (or one that is generated)."""
    room, found = room_of(path), []

    def refuse(position, why):
        found.append(f"{path}:{text.count(chr(10), 0, position) + 1 if position >= 0 else 1}: {why}")

    if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.M):
        refuse(-1, "a header without #pragma once")
    if room is None:
        return found

    for match in INCLUDE.finditer(without(text, False)):
        header = match[2]
        line = text.find(match[0].strip())
        other = room_of(header)
        if match[1] == '"' or other is not None:
            if other is None:
                refuse(line, f'"{header}" is of no room; includes are from the root')
            elif not exists(header):
                refuse(line, f'"{header}" does not exist')
            elif other != room and ROOMS[room] != EVERY and other not in ROOMS[room]:
                refuse(line, f"{room} must not know {other} ({header})")
            elif header in SPAWNERS and room not in SPAWNERS_KNOWN_BY:
                refuse(line, f"{room} is handed handles and makes no actors of the tree ({header})")
            continue
        library = header if header in LIBRARIES else header.split("/")[0]
        if library in LIBRARIES:
            if room not in LIBRARIES[library]:
                refuse(line, f"{room} must not know {library} (<{header}>)")
        elif STANDARD.fullmatch(header):
            if room in PURE and header in IMPURE_HEADERS:
                refuse(line, f"{room} is pure (<{header}>)")
        elif room in PURE:
            refuse(line, f"{room} knows the standard library alone (<{header}>)")
        elif not SYSTEM.fullmatch(header):
            refuse(line, f"<{header}>: an unknown library; say in arrows.py which room may know it")

    code = without(text, True)
    for match in SHELL_CALL.finditer(code):
        if not DECLARES_ACTOR_SYSTEM.search(code, 0, match.start()):
            found.append(f"{path}: {match[1]}() runs a shell or searches PATH; use posix_spawn with a whole path")
    if STARTS_PROGRAMS.search(code):
        for match in SHELL_PATH.finditer(without(text, False)):
            found.append(f"{path}: {match[0]}: no shell")
    if room in PURE and NOW.search(code):
        found.append(f"{path}: {room} is told the time, it does not look")
    return found


def sources(root):
    """Every source of a room, and every header of the tests."""
    tops = sorted({room.split("/")[0] for room in ROOMS})
    for top in tops:
        for path in sorted(Path(root, top).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                yield path.relative_to(root).as_posix()
    for path in sorted(Path(root, "tests").rglob("*.hpp")):
        yield path.relative_to(root).as_posix()


def check(root):
    found = []
    for path in sources(root):
        text = Path(root, path).read_text(encoding="utf-8")
        found += violations_of(path, text, lambda header: Path(root, header).is_file())
    return found
