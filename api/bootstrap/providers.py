"""The accounts at payment providers that an installation has agreements with, and the HTTP client through which they are reached."""

import httpx

from api.settings import Settings
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from pricing.providers.agreements import agreements_at, read_alipay, read_wechat
from pricing.providers.alipay import Alipay
from pricing.providers.model import PaymentProvider
from pricing.providers.service import ProviderDesk
from pricing.providers.wechat import WechatPay


class Providers:
    """Made once for each process. Making it reads the files of agreements and connects to nothing; `close` ends it.

    Raises `ProviderSettingsError` for an agreement that cannot be used.
    """

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._client: httpx.AsyncClient | None = None
        providers: list[PaymentProvider] = []
        if settings.wechat_file is not None:
            read = [read_wechat(path) for path in agreements_at(settings.wechat_file)]
            providers += [WechatPay(merchant, self._shared_client(), clock) for merchant in read]
        if settings.alipay_file is not None:
            known = [read_alipay(path) for path in agreements_at(settings.alipay_file)]
            providers += [Alipay(merchant, self._shared_client(), clock) for merchant in known]
        self.desk = ProviderDesk(database, providers, clock)

    def _shared_client(self) -> httpx.AsyncClient:
        """Made on demand: reading the machine's certificates takes time that nobody without a provider should wait."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
