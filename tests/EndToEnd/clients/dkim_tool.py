"""Signs or verifies a message with dkimpy, as the JSON on standard input says.

{"sign": message, "domain": d, "selector": s, "key": private key, "algorithm": a} prints the signed message;
{"verify": message, "records": {name: text}} prints for each signature whether it verifies."""
import json
import sys

import dkim

order = json.load(sys.stdin)
if "sign" in order:
    message = order["sign"].encode()
    signature = dkim.sign(
        message, order["selector"].encode(), order["domain"].encode(), order["key"].encode(),
        canonicalize=(b"relaxed", b"simple"), signature_algorithm=order["algorithm"].encode())
    print(json.dumps((signature + message).decode()))
else:
    records = order["records"]

    def find(name, timeout=5):
        return records.get(name.decode().rstrip("."), "").encode()

    verifier = dkim.DKIM(order["verify"].encode())
    count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
    print(json.dumps([verifier.verify(idx=index, dnsfunc=find) for index in range(count)]))
