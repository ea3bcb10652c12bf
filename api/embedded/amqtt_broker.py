"""The broker of a machine without Mosquitto: amqtt in a process of its own, with two users and their rights.

`python -m api.embedded.amqtt_broker CONFIGURATION`, the configuration as `api.embedded.mqtt` writes it.
"""

import asyncio
import hmac
import json
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.plugins.topic_checking import TopicAccessControlListPlugin
from amqtt.session import Session


class KnownUsers(BaseAuthPlugin):  # type: ignore[misc] # amqtt comes without types
    """Lets in whoever gives the password of a user in the configuration."""

    async def authenticate(self, *, session: Session) -> bool:
        expected = self.config.passwords.get(session.username)
        return expected is not None and hmac.compare_digest(expected, session.password or "")

    @dataclass
    class Config:
        """User name to password."""

        passwords: dict[str, str] = field(default_factory=dict)


class TopicRights(BaseTopicPlugin):  # type: ignore[misc] # as above
    """Says what each user may publish and read; a message of somebody else is delivered to whoever may read."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        rights = self.config.may_publish if action == Action.PUBLISH else self.config.may_read
        allowed = rights.get(session.username, []) if session is not None else []
        return topic is not None and any(TopicAccessControlListPlugin.topic_ac(topic, one) for one in allowed)

    @dataclass
    class Config:
        """User name to the topics that it may use."""

        may_publish: dict[str, list[str]] = field(default_factory=dict)
        may_read: dict[str, list[str]] = field(default_factory=dict)


def broker_settings(settings: dict[str, Any]) -> dict[str, Any]:
    here = "api.embedded.amqtt_broker"
    return {
        "listeners": {"default": {"type": "tcp", "bind": settings["bind"]}},
        "plugins": {
            f"{here}.KnownUsers": {"passwords": settings["passwords"]},
            f"{here}.TopicRights": {"may_publish": settings["may_publish"], "may_read": settings["may_read"]},
        },
    }


async def run(settings: dict[str, Any]) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = Broker(broker_settings(settings))
    await broker.start()
    try:
        await stop.wait()
    finally:
        await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text())))
