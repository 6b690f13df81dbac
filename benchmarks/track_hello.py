"""The bare ASGI application that tracking is compared with: it answers and does nothing else."""

from typing import Any

HEADERS = ((b"content-type", b"text/plain"), (b"content-length", b"6"))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say hello."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"hello\n"})
