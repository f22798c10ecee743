"""No secret shows where it should not: keys, tokens and a tenant's values of the environment, planted as canaries and looked for everywhere."""
import re
import secrets

import house
import links
import telegram


class Canary(telegram.Talking):
    def test_no_secret_in_logs_errors_metrics_pages_or_views(self):
        own, anna = self.house, self.person()
        anna.ask("/notify on")
        link = anna.ask("/api_create laptop full")
        value, token = "canary" + secrets.token_hex(12), re.search(r"token=([\w-]+)", link["text"])[1]
        key = links.spend(own, token).json["apiKey"]
        admin = own.make_key("admin", ["ADMIN"])
        environment = own.make_environment(key=key)
        deployment = own.ok("POST", "/deployments", {"environmentId": environment, "image": "acme/web:1", "envVars": {"PASSWORD": value}}, key=key)["deploymentId"]
        house.eventually(lambda: own.ok("GET", f"/deployments/{deployment}", key=key)["deployment"]["status"] == "RUNNING", "it runs")
        hidden = [value, token, key.split(".")[1], admin.split(".")[1], self.telegram.token.split(":")[1], telegram.SECRET]
        texts = {}
        for path in ("/auth/keys", "/environments", f"/environments/{environment}", f"/deployments/{deployment}/events", "/docs", "/openapi.json", "/health",
                     f"/auth/verify?token={'x' * 43}"):
            texts[path] = own.call("GET", path, key=key).body.decode()
        for name, call in {
                "bad body": lambda: own.call("POST", "/deployments", {"environmentId": environment, "image": "a;b", "envVars": {"A=B": value}}, key=key),
                "used link": lambda: links.spend(own, token), "broken body": lambda: own.call("POST", "/auth/verify", b'{"token":"' + token.encode(), key=None,
                                                                                              headers={"Content-Type": "application/json"}),
                "wrong key": lambda: own.call("GET", "/environments", key=key[:-1] + "!"),
                "wrong webhook": lambda: own.call("POST", "/telegram/webhook", {"update_id": 1}, key=None, headers={"X-Telegram-Bot-Api-Secret-Token": telegram.SECRET + "x"}),
                "token in a path": lambda: own.call("GET", f"/auth/verify/{token}?token={token}", key=None)}.items():
            answer = call()
            self.assertGreaterEqual(answer.status, 400, name)
            texts[name] = answer.body.decode() + str(answer.headers)
        for path in ("/metrics", "/admin/actors", "/admin/system", "/admin/deployments"):
            texts["admin " + path] = house.http_call(own.admin_port, "GET", path, headers={"X-API-Key": admin}).body.decode()
        for command in ("doctor", "config"):
            texts[command] = own.troupe(command, check=False).stdout
        self.assertIn("A key was made", anna.hear()["text"])
        self.assertIn("RUNNING", anna.hear()["text"])
        anna.ask(f"/status {deployment}")
        anna.ask("/api_list")
        texts["bot"] = "".join(m["html"] for m in self.telegram.sent if m["text"] != link["text"])
        own.terminate()
        texts["log"] = own.log().replace(f"/auth/verify/{token}", "")  # a path is no place for a token, and is logged
        for file in (own.directory / "state").rglob("*"):
            if file.is_file():
                texts[str(file)] = file.read_text(errors="replace")
        for where, text in texts.items():
            self.assertTrue(text or where.startswith("/") and "state" in where, f"{where} says nothing")
            for one in hidden:
                self.assertNotIn(one, text, where)


if __name__ == "__main__":
    house.main()
