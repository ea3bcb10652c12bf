"""Agreements with providers: read whole or refused by name, and the signatures of the documentation's form."""

from pathlib import Path

import pytest

from api.bootstrap.providers import Providers
from api.settings import Settings
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from pricing.providers.agreements import read_alipay, read_wechat
from pricing.providers.model import ProviderSettingsError
from tests.pricing.providers import alipay_server, wechat_server
from tests.pricing.providers.agreement_files import write_alipay, write_wechat


def test_agreement_is_read_when_its_files_are_there(tmp_path: Path) -> None:
    read = read_wechat(write_wechat(tmp_path, "http://wechat.test"))
    known = wechat_server.merchant()
    assert (read.app_id, read.url, read.notify_url) == (known.app_id, known.url, known.notify_url)
    assert read.keys.api_v3_key == known.keys.api_v3_key
    assert set(read.keys.platform) == set(known.keys.platform)
    assert read.sign_in_url == "http://wechat.test/connect/oauth2/authorize"
    assert read.app_secret == wechat_server.APP_SECRET
    assert wechat_server.APP_SECRET not in repr(read)
    arguments = {"timestamp": 1554208460, "nonce": "593BEC0C930BF1AFEB40B4A08C8FB242"}
    path = "/v3/certificates?x=1"
    signed = read.keys.authorization("GET", path, "", **arguments)  # type: ignore[arg-type] # of two types
    assert signed == known.keys.authorization("GET", path, "", **arguments)  # type: ignore[arg-type] # as above
    assert signed.startswith(
        'WECHATPAY2-SHA256-RSA2048 mchid="1900000001",nonce_str="593BEC0C930BF1AFEB40B4A08C8FB242"'
    )


def test_agreement_with_alipay_is_read_when_its_files_are_there(tmp_path: Path) -> None:
    read = read_alipay(write_alipay(tmp_path, "http://alipay.test/gateway.do"))
    known = alipay_server.alipay_merchant()
    assert (read.app_id, read.seller_id, read.url) == (known.app_id, known.seller_id, known.url)
    assert read.alipay_key == known.alipay_key
    assert "private_key" not in repr(read)


async def test_process_has_the_providers_it_has_agreements_with(tmp_path: Path) -> None:
    files = {
        "PARKING_WECHAT": str(write_wechat(tmp_path, "http://w")),
        "PARKING_DATABASE_URL": "postgresql://n@127.0.0.1:1/n",
    }
    settings = Settings.from_environment(files | {"PARKING_ALIPAY": str(write_alipay(tmp_path, "http://a"))})
    assert settings.process_environment()["PARKING_ALIPAY"] == str(tmp_path / "alipay.toml")
    database = Database(open_engine(settings.required_database_url, pool_size=1))
    providers = Providers(settings, database, utc_now)
    assert providers.desk.names == ("alipay", "wechat")
    await providers.close()
    await database.close()


def test_secrets_are_not_shown_when_an_agreement_is_printed() -> None:
    shown = repr(wechat_server.merchant())
    assert wechat_server.API_V3_KEY.decode() not in shown
    assert "private_key" not in shown


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("api_v3.key", b"short", "has 32 bytes, not 5"),
        ("platform.pem", b"nothing", "holds no public key"),
        ("apiclient_key.pem", b"nothing", "holds no private key"),
        ("wechat.toml", b"[", "cannot be read"),
        ("wechat.toml", b'api_v3_key = "api_v3.key"', "says no app_id"),
    ],
)
def test_agreement_is_refused_when_a_file_is_damaged(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    agreement = write_wechat(tmp_path, "http://wechat.test")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ProviderSettingsError, match=said):
        read_wechat(agreement)


def test_agreement_is_refused_when_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProviderSettingsError, match="cannot be read"):
        read_wechat(tmp_path / "wechat.toml")
