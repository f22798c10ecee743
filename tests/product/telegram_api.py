"""The Bot API for tests, stricter than Telegram: it takes nothing that Telegram might refuse and notes each breach.

`Emulator` is the server, `Person` somebody who talks with the bot. A breach (rates not obeyed, a poll beside a webhook, a
call while told to be silent, a link that a preview may open) is a line in `emulator.breaches`; tests expect none.
"""
import collections
import html
import http.client
import http.server
import json
import re
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PREVIEW_AGENT = "TelegramBot (like TwitterBot)"
TAGS = {"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "tg-spoiler", "blockquote"}
LINK = re.compile(r"https?://[^\s<>\"]+")


class Refusal(Exception):
    def __init__(self, code, description, retry_after=None):
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


def utf16_length(text):
    return len(text.encode("utf-16-le")) // 2


def visible_text(source):
    """The text of parse_mode HTML, or a 400 as the Bot API gives it."""
    out, stack, at = "", [], 0
    for match in re.finditer(r"<(/?)([a-zA-Z-]*)((?:\s[^<>]*)?)>|<|>|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);|&", source):
        out += source[at:match.start()]
        at = match.end()
        piece = match[0]
        if piece in "<>&":
            raise Refusal(400, f"Bad Request: can't parse entities: unescaped {piece} at byte offset {match.start()}")
        if piece.startswith("&"):
            out += html.unescape(piece)
        elif match[2] not in TAGS:
            raise Refusal(400, f"Bad Request: can't parse entities: Unsupported start tag \"{match[2]}\"")
        elif not match[1]:
            stack.append(match[2])
        elif not stack or stack.pop() != match[2]:
            raise Refusal(400, "Bad Request: can't parse entities: unmatched end tag")
    if stack:
        raise Refusal(400, f"Bad Request: can't parse entities: Can't find end tag corresponding to start tag {stack[-1]}")
    return out + source[at:]


class Emulator:
    def __init__(self, username="troupe_test_bot"):
        self.token = f"{secrets.randbelow(10**9) + 10**8}:" + secrets.token_urlsafe(26)
        self.username = username
        self.lock = threading.Condition()
        self.calls = collections.Counter()
        self.sent = []            # each message that was accepted: chat, text, html, buttons, at
        self.breaches = []
        self.previews = []        # links that a preview opened
        self.webhook = None       # {"url", "secret"}
        self.commands = []
        self.deliveries = []      # (update_id, status) of each webhook call
        self.known_chats, self.blocked = set(), set()
        self.callbacks = {}       # id -> answered
        self.updates = []         # not confirmed yet, in the order in which they go out
        self.next_id = 700_000_000 + secrets.randbelow(10**6)
        self.pollers = 0          # grows with each getUpdates: an older one ends with 409
        self.last_in_chat, self.recent = {}, collections.deque()
        self.silent_since = self.silent_until = 0
        self.flood = None         # ("seconds"): the next sendMessage is refused with 429
        self.fault = None         # "502", "hang", "drop"
        self.hold = False         # webhook updates wait
        self.closing = False
        emulator = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                emulator.serve(self, body)
            do_GET = do_POST

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:  # the bot was killed
                    pass

            def log_message(self, *_):
                pass

        self.handler = Handler
        self.server = None
        self.port = 0
        self.open()
        self.pusher = threading.Thread(target=self._push, daemon=True)
        self.pusher.start()

    # ---- the server

    def open(self):
        self.fault = None
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128
        self.server = Server(("127.0.0.1", self.port), self.handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def shut(self):
        """Telegram is away: nothing listens, and who is connected is left."""
        with self.lock:
            self.fault = "drop"
            self.lock.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def close(self):
        with self.lock:
            self.closing = True
            self.lock.notify_all()
        self.shut()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def breach(self, words):
        self.breaches.append(words)

    def serve(self, request, body):
        fault = self.fault
        if fault == "drop":
            request.close_connection = True
            return
        if fault == "hang":
            time.sleep(3)
            request.close_connection = True
            return
        if fault:
            return self.answer(request, int(fault), b"<html>Bad Gateway</html>", "text/html")
        try:
            prefix = f"/bot{self.token}/"
            if not request.path.startswith(prefix):
                raise Refusal(401 if request.path.startswith("/bot") else 404, "Unauthorized")
            method = request.path[len(prefix):]
            if request.headers.get("Content-Type", "").split(";")[0] != "application/json":
                raise Refusal(400, "Bad Request: the tests want JSON")
            parameters = json.loads(body or b"{}")
            handler = getattr(self, "do_" + method, None)
            if handler is None:
                raise Refusal(404, "Not Found: method not found")
            self.calls[method] += 1
            result = handler(parameters)
            if self.fault == "drop":
                request.close_connection = True
                return None
            return self.answer(request, 200, json.dumps({"ok": True, "result": result}).encode())
        except Refusal as refusal:
            told = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.retry_after is not None:
                told["parameters"] = {"retry_after": refusal.retry_after}
            return self.answer(request, refusal.code, json.dumps(told).encode())

    @staticmethod
    def answer(request, status, body, kind="application/json"):
        try:
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            request.close_connection = True

    # ---- the methods

    def do_getMe(self, _):
        return {"id": int(self.token.split(":")[0]), "is_bot": True, "first_name": "Troupe", "username": self.username,
                "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def _check_allowed(self, parameters):
        if parameters.get("allowed_updates") != ["message", "callback_query"]:
            self.breach(f"allowed_updates is {parameters.get('allowed_updates')}")

    def do_setWebhook(self, parameters):
        url, secret = parameters.get("url", ""), parameters.get("secret_token", "")
        if not re.fullmatch(r"https?://[^\s]+", url):
            raise Refusal(400, "Bad Request: bad webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            self.breach("a webhook without a secret")
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self._check_allowed(parameters)
        if parameters.get("drop_pending_updates"):
            self.breach("what waited was dropped")
        with self.lock:
            self.webhook = {"url": url, "secret": secret}
            self.lock.notify_all()
        return True

    def do_deleteWebhook(self, parameters):
        if parameters.get("drop_pending_updates"):
            self.breach("what waited was dropped")
        with self.lock:
            self.webhook = None
        return True

    def do_setMyCommands(self, parameters):
        for one in parameters["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]) or not 1 <= len(one["description"]) <= 256:
                raise Refusal(400, f"Bad Request: BOT_COMMAND_INVALID {one}")
        self.commands = parameters["commands"]
        return True

    def do_getUpdates(self, parameters):
        self._check_allowed(parameters)
        offset, limit, patience = parameters.get("offset", 0), parameters.get("limit", 100), parameters.get("timeout", 0)
        if not 1 <= limit <= 100:
            raise Refusal(400, "Bad Request: limit")
        end = time.monotonic() + min(patience, 50)
        with self.lock:
            if self.webhook:
                self.breach("getUpdates beside a webhook")
                raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
            self.pollers += 1
            mine = self.pollers
            self.lock.notify_all()
            self.updates = [u for u in self.updates if u["update_id"] >= offset]
            while not self.updates and not self.closing and self.fault != "drop":
                left = end - time.monotonic()
                if left <= 0 or self.pollers != mine or not self.lock.wait(left):
                    break
            if self.pollers != mine:
                raise Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
            return self.updates[:limit]

    def _check_rate(self, chat):
        now = time.monotonic()
        if now < self.silent_until:
            if now > self.silent_since + 0.3:  # what was under way when silence was asked for is no breach
                self.breach(f"a call {self.silent_until - now:.2f} s before the end of retry_after")
            raise Refusal(429, "Too Many Requests: retry later", max(1, round(self.silent_until - now)))
        while self.recent and now - self.recent[0] >= 1:
            self.recent.popleft()
        self.recent.append(now)
        if len(self.recent) > 32:
            self.breach(f"{len(self.recent)} calls within a second")
        if chat is None:
            return
        if now - self.last_in_chat.get(chat, 0) < 0.8:
            self.breach(f"two messages to one chat within {now - self.last_in_chat[chat]:.2f} s")
        self.last_in_chat[chat] = now

    def do_sendMessage(self, parameters):
        chat, source = parameters.get("chat_id"), parameters.get("text", "")
        if not isinstance(chat, int) or chat not in self.known_chats:
            raise Refusal(400, "Bad Request: chat not found")
        with self.lock:
            if self.flood and time.monotonic() >= self.silent_until:
                seconds, self.flood = self.flood, None
                self.silent_since = time.monotonic()
                self.silent_until = self.silent_since + seconds
                raise Refusal(429, f"Too Many Requests: retry after {seconds}", seconds)
            self._check_rate(chat)
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        text = visible_text(source) if parameters.get("parse_mode") == "HTML" else source
        if parameters.get("parse_mode") not in (None, "HTML"):
            raise Refusal(400, "Bad Request: unsupported parse_mode")
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if utf16_length(text) > 4096:
            self.breach("a message beyond 4096 characters")
            raise Refusal(400, "Bad Request: message is too long")
        buttons = []
        for row in parameters.get("reply_markup", {}).get("inline_keyboard", []):
            for one in row:
                if not one.get("text") or not 1 <= len(one.get("callback_data", "").encode()) <= 64:
                    raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
                buttons.append((one["text"], one["callback_data"]))
        for link in LINK.findall(html.unescape(source)):
            if not parameters.get("link_preview_options", {}).get("is_disabled"):
                self.breach("a link without its preview disabled")
                self._preview(link)
        with self.lock:
            message = {"message_id": len(self.sent) + 1, "chat": chat, "text": text, "html": source, "buttons": buttons, "at": time.monotonic()}
            self.sent.append(message)
            self.lock.notify_all()
        return {"message_id": message["message_id"], "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "text": text}

    def _preview(self, link):
        self.previews.append(link)
        for method in ("HEAD", "GET"):
            try:
                urllib.request.urlopen(urllib.request.Request(link, method=method, headers={"User-Agent": PREVIEW_AGENT}), timeout=5).read()
            except (OSError, urllib.error.URLError):
                pass

    def do_editMessageReplyMarkup(self, parameters):
        with self.lock:
            self._check_rate(None)
            for message in self.sent:
                if (message["chat"], message["message_id"]) == (parameters.get("chat_id"), parameters.get("message_id")) and message["buttons"]:
                    message["buttons"] = [] if parameters.get("reply_markup") == {"inline_keyboard": []} else self.breach("other buttons")
                    return {"message_id": message["message_id"], "date": 1, "chat": {"id": message["chat"], "type": "private"}}
            raise Refusal(400, "Bad Request: message is not modified")

    def do_answerCallbackQuery(self, parameters):
        id = parameters.get("callback_query_id")
        with self.lock:
            self._check_rate(None)
            if self.callbacks.get(id) is not False:
                raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
            self.callbacks[id] = True
        return True

    # ---- updates

    def new_update(self, **content):
        with self.lock:
            self.next_id += 1
            return {"update_id": self.next_id, **content}

    def deliver(self, *updates):
        with self.lock:
            self.updates += updates
            self.lock.notify_all()

    def _push(self):
        while not self.closing:
            with self.lock:
                self.lock.wait_for(lambda: self.closing or (self.webhook and self.updates and not self.hold), timeout=0.5)
                if self.closing or not self.webhook or not self.updates or self.hold:
                    continue
                update = self.updates[0]
            status = self.post(update)
            self.deliveries.append((update["update_id"], status))
            with self.lock:
                if 200 <= status < 300:
                    self.updates = [u for u in self.updates if u is not update]
            if not 200 <= status < 300:
                time.sleep(0.2)

    def post(self, update, secret=None, body=None):
        """One webhook call: the status, or 0 where nobody answered."""
        where = urllib.parse.urlsplit(self.webhook["url"])
        secret = self.webhook["secret"] if secret is None else secret
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
        try:
            connection.request("POST", where.path, json.dumps(update).encode() if body is None else body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class Person:
    """Somebody in a private chat with the bot; `group` says it in a group instead."""

    def __init__(self, emulator, id, group=None):
        self.emulator, self.id, self.group = emulator, id, group
        self.chat = group or id
        emulator.known_chats.add(self.chat)
        self.seen = 0

    def user(self):
        return {"id": self.id, "is_bot": False, "first_name": "P", "language_code": "en"}

    def place(self):
        return {"id": self.chat, "type": "supergroup" if self.group else "private"}

    def text_update(self, text, **more):
        return self.emulator.new_update(message={"message_id": 1, "date": int(time.time()), "chat": self.place(), "from": self.user(), "text": text, **more})

    def press_update(self, data, chat=None, message=None):
        """On a message of its own, unless it is told on which."""
        id = secrets.token_hex(8)
        self.emulator.callbacks[id] = False
        message = message or secrets.randbelow(1 << 30) + (1 << 20)
        return self.emulator.new_update(callback_query={"id": id, "from": self.user(), "chat_instance": "1", "data": data,
                                                        "message": {"message_id": message, "date": 1, "chat": chat or self.place()}})

    def say(self, text):
        update = self.text_update(text)
        self.emulator.deliver(update)
        return update

    def press(self, message, label):
        data = next(data for text, data in message["buttons"] if label in text)
        update = self.press_update(data, message=message["message_id"])
        self.emulator.deliver(update)
        return update

    def messages(self):
        return [m for m in self.emulator.sent if m["chat"] == self.chat]

    def hear(self, within=20):
        """The next message that was not heard yet."""
        end = time.monotonic() + within
        with self.emulator.lock:
            while len(self.messages()) <= self.seen:
                left = end - time.monotonic()
                assert left > 0, f"the bot says nothing to {self.chat} within {within} s; breaches {self.emulator.breaches}"
                self.emulator.lock.wait(left)
            self.seen += 1
            return self.messages()[self.seen - 1]

    def ask(self, text, within=20):
        self.say(text)
        return self.hear(within)

    def push(self, message, label, within=20):
        self.press(message, label)
        return self.hear(within)
