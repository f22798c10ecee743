"""No secret shows where it should not: keys, tokens and a tenant's values of the environment, planted as canaries and looked for everywhere."""
import secrets
import unittest

import house
import links


class Canary(unittest.TestCase):
    def test_no_secret_in_logs_errors_metrics_pages_or_views(self):
        house.needs_database()
        with house.House() as own:
            own.start()
            value, token = "canary" + secrets.token_hex(12), links.make_link(own)
            key = links.spend(own, token).json["apiKey"]
            admin = own.make_key("admin", ["ADMIN"])
            environment = own.make_environment(key=key)
            deployment = own.ok("POST", "/deployments", {"environmentId": environment, "image": "acme/web:1", "envVars": {"PASSWORD": value}}, key=key)["deploymentId"]
            own.reaches(deployment, "RUNNING")
            hidden = [value, token, key.split(".")[1], admin.split(".")[1]]
            texts = {}
            for path in ("/auth/keys", "/environments", f"/environments/{environment}", f"/deployments/{deployment}/events", "/docs", "/openapi.json", "/health",
                         f"/auth/verify?token={'x' * 43}"):
                texts[path] = own.call("GET", path, key=key).body.decode()
            for name, call in {
                    "bad body": lambda: own.call("POST", "/deployments", {"environmentId": environment, "image": "a;b", "envVars": {"A=B": value}}, key=key),
                    "used link": lambda: links.spend(own, token), "broken body": lambda: own.call("POST", "/auth/verify", b'{"token":"' + token.encode(), key=None,
                                                                                                  headers={"Content-Type": "application/json"}),
                    "wrong key": lambda: own.call("GET", "/environments", key=key[:-1] + "!"),
                    "token in a path": lambda: own.call("GET", f"/auth/verify/{token}?token={token}", key=None)}.items():
                answer = call()
                self.assertGreaterEqual(answer.status, 400, name)
                texts[name] = answer.body.decode() + str(answer.headers)
            for path in ("/metrics", "/admin/actors", "/admin/system", "/admin/deployments"):
                texts["admin " + path] = house.http_call(own.admin_port, "GET", path, headers={"X-API-Key": admin}).body.decode()
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
