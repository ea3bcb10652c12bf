"""Reads what an installation has agreed with a provider: a TOML file for each account there, with paths of keys beside it.

Keys stay in files of their own, so that who may read the agreement need not be able to sign. Whoever collects for others
needs a licence, so an account belongs to one payee, or to the payees that its owner may collect for.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from pricing.providers.alipay import AlipayMerchant
from pricing.providers.model import Channel, ProviderSettingsError, Receiver
from pricing.providers.signatures import read_private_key, read_public_key
from pricing.providers.wechat import WechatMerchant
from pricing.providers.wechat_keys import WechatKeys

ALIPAY_URL: Final = "https://openapi.alipay.com/gateway.do"
WECHAT_URL: Final = "https://api.mch.weixin.qq.com"
WECHAT_APP_URL: Final = "https://api.weixin.qq.com"
WECHAT_SIGN_IN_URL: Final = "https://open.weixin.qq.com/connect/oauth2/authorize"
API_V3_KEY_BYTES: Final = 32
WHOLE: Final = 10_000


def agreements_at(path: Path) -> tuple[Path, ...]:
    """The file itself, or every `*.toml` of a folder; raises `ProviderSettingsError` for a folder without one."""
    if not path.is_dir():
        return (path,)
    found = tuple(sorted(path.glob("*.toml")))
    if not found:
        raise ProviderSettingsError(f"{path} holds no agreement (*.toml)")
    return found


def read_wechat(path: Path) -> WechatMerchant:
    """`merchant_id`, `app_id`, `merchant_serial`, `private_key`, `api_v3_key`, `notify_url`, `description`, `url`, `payees`,
    `receivers`, `channels`, `app_secret`, `app_url`, `sign_in_url` and the table `platform_keys` of serial number to file; paths are
    relative to the file.

    Raises `ProviderSettingsError`.
    """
    agreement = _Agreement(path)
    api_v3_key = agreement.secret("api_v3_key")
    if len(api_v3_key) != API_V3_KEY_BYTES:
        raise ProviderSettingsError(f"{path}: the API v3 key has {API_V3_KEY_BYTES} bytes, not {len(api_v3_key)}")
    return WechatMerchant(
        app_id=agreement.text("app_id"),
        url=agreement.text("url", WECHAT_URL),
        notify_url=agreement.text("notify_url"),
        description=agreement.text("description"),
        payees=agreement.payees(),
        receivers=agreement.receivers(),
        channels=agreement.channels(),
        app_secret=agreement.secret("app_secret").decode() if agreement.has("app_secret") else None,
        app_url=agreement.text("app_url", WECHAT_APP_URL),
        sign_in_url=agreement.text("sign_in_url", WECHAT_SIGN_IN_URL),
        keys=WechatKeys(
            merchant_id=agreement.text("merchant_id"),
            merchant_serial=agreement.text("merchant_serial"),
            private_key=read_private_key(agreement.path("private_key")),
            platform={
                serial: read_public_key(path.parent / str(name))
                for serial, name in agreement.table("platform_keys").items()
            },
            api_v3_key=api_v3_key,
        ),
    )


def read_alipay(path: Path) -> AlipayMerchant:
    """`app_id`, `seller_id`, `private_key`, `alipay_key`, `notify_url`, `description`, `url` and `payees`.

    Raises `ProviderSettingsError`.
    """
    agreement = _Agreement(path)
    return AlipayMerchant(
        app_id=agreement.text("app_id"),
        seller_id=agreement.text("seller_id"),
        private_key=read_private_key(agreement.path("private_key")),
        alipay_key=read_public_key(agreement.path("alipay_key")),
        url=agreement.text("url", ALIPAY_URL),
        notify_url=agreement.text("notify_url"),
        description=agreement.text("description"),
        payees=agreement.payees(),
    )


class _Agreement:
    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._values: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ProviderSettingsError(f"{path} cannot be read: {error}") from error

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, default)
        if not isinstance(value, str) or not value:
            raise ProviderSettingsError(f"{self._path} says no {name}")
        return value

    def path(self, name: str) -> Path:
        return self._path.parent / self.text(name)

    def table(self, name: str) -> Mapping[str, Any]:
        value = self._values.get(name)
        if not isinstance(value, dict) or not value:
            raise ProviderSettingsError(f"{self._path} has no table {name}")
        return value

    def receivers(self) -> tuple[Receiver, ...]:
        """Tables of `payee`, `account` and `share` in hundredths of a percent; one for each payee."""
        told = self._values.get("receivers", [])
        try:
            found = tuple(Receiver(payee=one["payee"], account=one["account"], share=one["share"]) for one in told)
        except (KeyError, TypeError) as error:
            raise ProviderSettingsError(f"{self._path}: a receiver has payee, account and share") from error
        if len({one.payee for one in found}) < len(found):
            raise ProviderSettingsError(f"{self._path}: a payee has one receiver")
        if not all(isinstance(one.share, int) and 0 < one.share <= WHOLE for one in found):
            raise ProviderSettingsError(f"{self._path}: a share is 1 to {WHOLE} hundredths of a percent")
        return found

    def has(self, name: str) -> bool:
        return name in self._values

    def channels(self) -> frozenset[Channel]:
        """What the provider has opened for the merchant; codes and payments within the app where it is not told."""
        known: dict[object, Channel] = {channel: channel for channel in get_args(Channel)}
        told = self._values.get("channels", ["native", "jsapi"])
        if not isinstance(told, list) or not told or not set(told) <= set(known):
            raise ProviderSettingsError(f"{self._path}: channels is a list of {', '.join(map(str, known))}")
        return frozenset(known[one] for one in told)

    def payees(self) -> frozenset[str]:
        """Ids of operators and districts; none named is every payee that no other agreement names."""
        value = self._values.get("payees", [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise ProviderSettingsError(f"{self._path}: payees is a list of ids of operators and districts")
        return frozenset(value)

    def secret(self, name: str) -> bytes:
        """What a file holds, without the line end that an editor leaves."""
        try:
            return self.path(name).read_bytes().strip()
        except OSError as error:
            raise ProviderSettingsError(f"{self.path(name)} cannot be read: {error}") from error
