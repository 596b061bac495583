"""Starts TensorZero's gateway on loopback, without a database, until standard input ends. usage: CONFIG_FILE_OR_GLOB

The gateway writes its log to standard output too; the line with the address begins with "listening ".
"""

import asyncio
import sys

# The wheel holds the whole gateway, and this is the way in that its own tests use.
from tensorzero import tensorzero


async def main():
    gateway = await tensorzero._start_http_gateway(
        config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, valkey_url=None, async_setup=True
    )
    print(f"listening {gateway.base_url}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
