"""Submits with smtplib what the JSON on standard input says, in one session; prints what became of each message."""
import json
import smtplib
import ssl
import sys

order = json.load(sys.stdin)
context = ssl.create_default_context(cafile=order["ca"])
results = []
with smtplib.SMTP("localhost", order["port"], timeout=60) as server:
    if order.get("tls", True):
        server.starttls(context=context)
    try:
        server.login(order["user"], order["password"])
    except smtplib.SMTPException as refused:
        results.append(str(refused))
    for message in order.get("messages", []):
        try:
            refused = server.sendmail(message["from"], message["to"], message["text"].encode(), message.get("options", []))
            results.append({address: list(map(str, answer)) for address, answer in refused.items()})
        except smtplib.SMTPException as failure:
            results.append(str(failure))
            server.rset()
print(json.dumps(results))
