"""The answers as tools for MCP clients: ``ask`` and ``search`` at ``/mcp`` (streamable HTTP, no state between calls)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.routing import BaseRoute

from qa.web.service import Service

__all__ = ["MCP_PATH", "McpTools"]

MCP_PATH = "/mcp"
_INSTRUCTIONS = (
    "Answers come from the documents of one corpus, in their own words, with the place they stand. "
    "When the status is none or related, the documents hold no certain answer: say so and do not guess."
)


class McpTools:
    """An MCP server over a service. ``running`` must be entered while it is used."""

    def __init__(self, service: Service) -> None:
        from mcp.server.fastmcp import FastMCP
        from mcp.server.transport_security import TransportSecuritySettings

        # Hosts and origins are checked at the door, for all paths alike.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._server = FastMCP(
            "wenju", instructions=_INSTRUCTIONS, stateless_http=True, json_response=True,
            streamable_http_path=MCP_PATH, transport_security=security, log_level="WARNING",
        )  # fmt: skip

        async def ask(
            question: str, document_ids: list[str] | None = None, top_k: int | None = None
        ) -> dict[str, Any]:
            return await asyncio.to_thread(service.ask, question, document_ids, top_k)

        async def search(query: str, top_k: int = 5) -> list[dict[str, Any]]:
            return await asyncio.to_thread(service.search, query, top_k)

        self._server.add_tool(ask, description=Service.ask.__doc__)
        self._server.add_tool(search, description=Service.search.__doc__)

    def routes(self) -> list[BaseRoute]:
        """The routes to be served."""
        return list(self._server.streamable_http_app().routes)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Context in which calls are answered; it can be entered once."""
        return self._server.session_manager.run()
