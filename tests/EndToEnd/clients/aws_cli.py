"""Runs commands of Debian's AWS CLI, one for each line of standard input, in one process: its start takes far longer than a call.

A line is {"arguments": [...], "environment": {...}}; each is answered by {"code", "output", "errors"}.
"""
import contextlib
import io
import json
import os
import sys

import awscli.clidriver

answers = sys.stdout
for line in sys.stdin:
    order = json.loads(line)
    os.environ.update(order["environment"])
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            code = awscli.clidriver.create_clidriver(order["arguments"]).main(order["arguments"])
        except SystemExit as end:
            code = end.code
    print(json.dumps({"code": code, "output": output.getvalue(), "errors": errors.getvalue()}), file=answers, flush=True)
