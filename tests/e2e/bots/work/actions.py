"""Work that a server at `WORK_AT` does, a loopback port: it gets the key, and answers in a line."""

import asyncio
import os

from engine import ActionCall, action


@action("work.do")
async def do(call: ActionCall, what: str) -> str:
    """Have it done, however long that takes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["WORK_AT"]))
    try:
        writer.write(f"{call.key} {what}\n".encode())
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()
        await writer.wait_closed()
