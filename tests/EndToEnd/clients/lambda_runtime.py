"""AWS Lambda's Invoke operation with the functions below. Reads its settings as one line of JSON from standard input and ends when that closes.

Signatures are verified with botocore. GET /events gives the events that came, with the functions they came to."""
import email
import email.policy
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse
import uuid

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

settings = json.loads(sys.stdin.readline())
events = []
tries = {}


def everybody(kind, **parameters):
    return {"actions": [{"action": {"type": kind, "parameters": parameters}, "allRecipients": True}]}


def hello(event, context):
    """The simplest function: it looks at what it is told and lets the message pass."""
    print(event["envelope"]["mailFrom"]["address"], event["subject"], event["flowDirection"], event["messageId"], file=sys.stderr)
    return {"actions": [{"allRecipients": True, "action": {"type": "DEFAULT"}}]}


def bounce(event, context):
    return everybody("BOUNCE", bounceMessage="Not after hours,\r\nplease")


def each(event, context):
    """One recipient's fate each; who is not named gets the rule's fallback."""
    def for_those(kind, names):
        return {"action": {"type": kind}, "recipients": [r["address"] for r in event["envelope"]["recipients"] if r["address"].split("@")[0] in names]}
    return {"actions": [for_those("MOVE_TO_JUNK", ["alice"]), for_those("DROP", ["bob"])]}


def add(event, context):
    return {"actions": [
        {"action": {"type": "DEFAULT"}, "allRecipients": True},
        {"action": {"type": "DEFAULT"}, "recipients": ["carol@demo.mailstead.test", "somebody@elsewhere.example"]}]}


def fail(event, context):
    raise ValueError("This function always fails")


def nonsense(event, context):
    return {"actions": [{"action": {"type": "EXPLODE"}, "allRecipients": True}]}


def recovering(event, context):
    count = tries[event["invocationId"]] = tries.get(event["invocationId"], 0) + 1
    if count < 3:
        raise ValueError("Not yet")
    return everybody("DEFAULT")


def slow(event, context):
    time.sleep(8)
    return everybody("DEFAULT")


def update(event, context):
    """Reads the message by way of the message-flow API, changes it, puts it into a bucket and says so."""
    messages = boto3.client("workmailmessageflow", endpoint_url=settings["mailstead"], **settings["caller"])
    store = boto3.client("s3", endpoint_url=settings["s3"]["endpoint"], aws_access_key_id=settings["s3"]["accessKeyId"],
                         aws_secret_access_key=settings["s3"]["secretAccessKey"], region_name="us-east-1")
    raw = messages.get_raw_message_content(messageId=event["messageId"])["messageContent"].read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    subject = message["Subject"]
    del message["Subject"]
    message["Subject"] = "[EXTERNAL] " + subject
    message.set_content(message.get_content() + "\nA line that was added\n")
    if "broken" in subject:
        del message["From"]
    key = str(uuid.uuid4())
    if "nowhere" not in subject:
        store.create_bucket(Bucket=settings["s3"]["bucket"])
        store.put_object(Body=message.as_bytes(), Bucket=settings["s3"]["bucket"], Key=key)
    try:
        messages.put_raw_message_content(messageId=event["messageId"], content={"s3Reference": {"bucket": settings["s3"]["bucket"], "key": key}})
    except messages.exceptions.MessageRejected as refused:
        events.append({"function": "refused", "event": {"error": "MessageRejected", "message": str(refused)}})
    except messages.exceptions.InvalidContentLocation as refused:
        events.append({"function": "refused", "event": {"error": "InvalidContentLocation", "message": str(refused)}})
    return everybody("DEFAULT")


FUNCTIONS = {f.__name__: f for f in (hello, bounce, each, add, fail, nonsense, recovering, slow, update)}


class Runtime(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, events)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.is_signed(body):
            return self.answer(403, {"message": "The signature is wrong"})
        arn = urllib.parse.unquote(self.path.split("/")[3])
        name = arn.split(":")[6]
        event = json.loads(body)
        events.append({"function": name, "event": event, "type": self.headers["X-Amz-Invocation-Type"]})
        if name not in FUNCTIONS:
            return self.answer(404, {"message": "There is no such function"})
        try:
            answer = FUNCTIONS[name](event, None)
        except Exception as failure:
            return self.answer(200, {"errorMessage": str(failure)}, {"X-Amz-Function-Error": "Unhandled"})
        if self.headers["X-Amz-Invocation-Type"] == "Event":
            return self.answer(202, None)
        self.answer(200, answer)

    def is_signed(self, body):
        keys = Credentials(settings["lambda"]["accessKeyId"], settings["lambda"]["secretAccessKey"])
        request = AWSRequest("POST", f"http://{self.headers['Host']}{self.path}", data=body, headers={"X-Amz-Date": self.headers["X-Amz-Date"]})
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        auth = SigV4Auth(keys, "lambda", "us-east-1")
        signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
        return self.headers["Authorization"].endswith("Signature=" + signature)

    def answer(self, status, value, headers=()):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in dict(headers).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Whoever called may be killed in the meantime.
        pass


server = Server(("127.0.0.1", settings["port"]), Runtime)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
# A second line would be new settings: who may read messages is known only when the server is there.
for line in sys.stdin:
    settings.update(json.loads(line))
    print("ready", flush=True)
os._exit(0)
