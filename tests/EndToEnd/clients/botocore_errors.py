"""Makes the calls of the JSON on standard input with the botocore of Debian's AWS CLI, one after the other; prints each one's error code or ''."""
import json
import sys

import awscli.clidriver  # It makes its botocore known by that name.
import botocore.exceptions
import botocore.session

order = json.load(sys.stdin)
client = botocore.session.get_session().create_client(order["service"], endpoint_url=order["endpoint"])
codes = []
for operation, arguments in order["calls"]:
    try:
        getattr(client, operation)(**arguments)
        codes.append("")
    except botocore.exceptions.ClientError as refused:
        codes.append(refused.response["Error"]["Code"])
print(json.dumps(codes))
