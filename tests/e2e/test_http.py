"""HTTP from outside: REST beside the command, the live list of endpoints, metrics, OpenAPI."""

import re

from harness import cases
from harness.http import Http
from harness.waiting import poll
from harness.yard_case import YardCase


class TheHttpListener(YardCase):
    NAME = "http"

    @classmethod
    def settings(cls, yard):
        cls.socket = yard.directory / "http" / "http.sock"
        return {"http": {"listen": [f"unix:{cls.socket}"]}}

    def setUp(self):
        super().setUp()
        self.http = Http(self.socket)

    def token(self):
        return (self.yard.daemon.directory / "state" / "http.token").read_text().strip()

    def test_rest_says_what_the_command_says(self):
        self.serve("told", service="told")
        self.yard.wait_in("told")
        status, services = self.http.get("/v1/services")
        self.assertEqual(status, 200)
        names = [service["service"] for service in services["services"]]
        self.assertIn("told", names)
        _, replicas = self.http.get("/v1/services/told/replicas")
        self.assertEqual([replica["address"] for replica in replicas["replicas"]],
                         [replica["address"] for replica in self.yard.daemon.replicas("told")])

    def test_acting_takes_the_token(self):
        self.serve("acted", service="acted")
        self.yard.wait_in("acted")
        name = self.http.get("/v1/services/acted/replicas")[1]["replicas"][0]["name"]
        self.assertEqual(self.http.ask("POST", f"/v1/{name}:drain")[0], 401)
        self.assertEqual(self.yard.daemon.in_rotation("acted"), 1)
        status, _, text = self.http.ask("POST", f"/v1/{name}:drain", '{"reason": "by REST", "force": true}', {
            "Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        self.assertEqual(self.yard.daemon.in_rotation("acted"), 0)

    def test_the_live_list_follows_replicas(self):
        self.serve("live", service="live")
        self.yard.wait_in("live")
        lists = self.http.lines("/v1/services/live/endpoints?watch")
        first = next(lists)["result"]
        self.assertEqual(len(first["endpoints"]), 1)
        self.docker("kill", "live")
        self.assertEqual(next(lists)["result"]["endpoints"], [])
        lists.close()

    def test_metrics_tell_services_and_their_own_plane(self):
        self.serve("counted", service="counted")
        self.yard.wait_in("counted")

        def told():
            _, headers, text = self.http.ask("GET", "/metrics")
            self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
            wanted = (r'fairlead_service_replicas_in_rotation\{project="[^"]+",service="counted"\} 1',
                      r'fairlead_phase\{phase="serving"\} 1', r'fairlead_checks_total\{class="serving"\} \d+',
                      r'fairlead_engine_calls_total\{call="inspect",code="OK"\} \d+',
                      r'fairlead_admin_calls_total\{method="GetStatus",code="OK"\} \d+',
                      r'fairlead_loop_delay_seconds_count\{loop="fl-core"\} \d+',
                      r'fairlead_http_requests_total\{route="/metrics",method="GET",status="200"\} \d+')
            missing = [one for one in wanted if not re.search("^" + one + "$", text, re.M)]
            return text if not missing else None
        poll("metrics of every plane", 15, told, 0.2)

    def test_openapi_describes_paths_that_answer(self):
        status, document = self.http.get("/openapi.json")
        self.assertEqual((status, document["openapi"]), (200, "3.0.3"))
        schemas = document["components"]["schemas"]
        for reference in re.findall(r'"\$ref": "([^"]+)"', self.http.ask("GET", "/openapi.json")[2]):
            self.assertIn(reference.removeprefix("#/components/schemas/"), schemas)
        for path, operations in document["paths"].items():
            for verb, operation in operations.items():
                self.assertEqual("security" in operation, verb != "get", path)
                named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
                self.assertEqual(sorted(re.findall(r"{(\w+)}", path)), sorted(named), path)
                if verb == "get" and not named:
                    self.assertIn(self.http.ask("GET", path)[0], (200, 400), path)

    def test_readiness_and_what_is_not_there(self):
        self.assertEqual(self.http.get("/readyz"), (200, {"phase": "serving"}))
        self.assertEqual(self.http.get("/healthz?service=fairlead.ready"), (200, {"status": "SERVING"}))
        status, error = self.http.get("/nothing")
        self.assertEqual((status, error["code"]), (404, 5))
        self.assertEqual(self.http.ask("GET", "/readyz", headers={"Host": "evil.example"})[0], 421)


if __name__ == "__main__":
    cases.main()
