"""Starts LiteLLM's proxy on loopback until standard input ends. usage: CONFIG_FILE

The proxy writes its log to standard output too; the line with the address and the master key begins with "listening ".
"""

import os
import secrets
import socket
import sys
import threading
import time
import urllib.request

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
key = "sk-" + secrets.token_hex(24)
# Without the first it fetches a list of prices.
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MASTER_KEY=key)


def announce():
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5):
                break
        except OSError:
            time.sleep(0.2)
    print(f"listening http://127.0.0.1:{port}/v1 {key}", flush=True)


def end():
    sys.stdin.read()
    os._exit(0)


for work in (announce, end):
    threading.Thread(target=work, daemon=True).start()

from litellm import run_server

sys.argv = ["litellm", "--config", sys.argv[1], "--host", "127.0.0.1", "--port", str(port)]
run_server()
