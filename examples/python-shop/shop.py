"""examples/python-shop/shop.py: opens a payment, hears of it, sees it paid, and gives it back.

It needs nothing but Python 3.9 or later.
"""
import base64
import hmac
import json
import os
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

URL = os.environ.get("SAOMA_URL", "http://127.0.0.1:3000")
SECRET = os.environ["SHOP_WEBHOOK_SECRET"].split("_", 1)[1]
seen = set()  # messages may come again: in your shop, a table with a unique key
refunded = threading.Event()


def ask(method, path, body=None, token="SAOMA_TOKEN", **headers):
    """The JSON of the answer; a refusal is raised with what it says."""
    data = None if body is None else json.dumps(body).encode()
    headers["Authorization"] = "Bearer " + os.environ[token]
    headers["Content-Type"] = "application/json"
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        why = refusal.read().decode()
        raise RuntimeError(f"{method} {path}: {refusal.code} {why}") from refusal


def is_genuine(headers, body):
    """Whether Saoma has signed this, at most five minutes ago."""
    number, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
        return False
    signed = f"{number}.{sent}.".encode() + body
    digest = hmac.digest(base64.b64decode(SECRET), signed, "sha256")
    mine = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(mine, each) for each in given)


class Messages(BaseHTTPRequestHandler):
    """Hears what becomes of payments."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        status = 401
        if is_genuine(self.headers, body):
            try:
                self.act(json.loads(body))
                status = 204
            except Exception as error:
                print("not taken:", repr(error), flush=True)
                status = 500  # so that it is sent again
        self.send_response(status)
        self.end_headers()

    def act(self, message):
        if self.headers["webhook-id"] in seen:
            return
        print("message:", message["type"], message["data"]["out_trade_no"], flush=True)
        is_ours = message["data"].get("merchant_order_no") == order["merchant_order_no"]
        if message["type"] == "payment.refunded" and is_ours:
            refunded.set()
        seen.add(self.headers["webhook-id"])

    def log_message(self, *_):
        """The lines above say enough."""


server = HTTPServer(("127.0.0.1", int(os.environ.get("SHOP_PORT", "4000"))), Messages)
threading.Thread(target=server.serve_forever, daemon=True).start()

order = {"merchant_order_no": f"A-{time.time_ns()}", "total_fee": 1200, "body": "两张电影票"}
payment = ask("POST", "/api/payments", order)
print("pay here:", payment["pay_url"], flush=True)

path = "/api/payments/" + payment["out_trade_no"]
while (state := ask("GET", path)["trade_state"]) == "NOTPAY":
    time.sleep(2)
print("payment:", state, flush=True)
if state != "SUCCESS":
    raise SystemExit(1)

refund = {"refund_fee": payment["total_fee"], "reason": "电影取消"}
key = {"Idempotency-Key": "back-" + payment["out_trade_no"]}
refund = ask("POST", path + "/refunds", refund, token="SAOMA_OPERATOR_TOKEN", **key)
print("refund:", refund["out_refund_no"], flush=True)

# A refund that fails sends no message: its status says so.
for _ in range(150):
    if refunded.wait(timeout=2):
        break
    refunds = ask("GET", path + "/refunds")["refunds"]
    numbers = {each["out_refund_no"]: each["status"] for each in refunds}
    status = numbers[refund["out_refund_no"]]
    if status in ("REFUNDCLOSE", "CHANGE"):
        break
server.shutdown()  # once its last message is answered
if not refunded.is_set():
    raise SystemExit(f"the money is not back ({status}): the operator's console says why")
