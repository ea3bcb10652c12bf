"""Agreements with the test's providers as an installation keeps them: a TOML file and keys beside it."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.pricing.providers import alipay_server as alipay
from tests.pricing.providers import wechat_server as wechat


def write_wechat(folder: Path, url: str) -> Path:
    private = wechat.MERCHANT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    platform = wechat.PLATFORM_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "apiclient_key.pem").write_bytes(private)
    (folder / "platform.pem").write_bytes(platform)
    (folder / "api_v3.key").write_bytes(wechat.API_V3_KEY + b"\n")
    (folder / "app.secret").write_text(wechat.APP_SECRET)
    agreement = folder / "wechat.toml"
    agreement.write_text(
        f"""
merchant_id = "{wechat.MERCHANT}"
app_id = "{wechat.APP}"
merchant_serial = "{wechat.SERIAL}"
private_key = "apiclient_key.pem"
api_v3_key = "api_v3.key"
notify_url = "{wechat.NOTIFY_URL}"
description = "路内停车"
url = "{url}"
app_url = "{url}"
sign_in_url = "{url}/connect/oauth2/authorize"
app_secret = "app.secret"
channels = ["native", "jsapi", "h5"]

[platform_keys]
{wechat.PLATFORM_SERIAL} = "platform.pem"
""",
        encoding="utf-8",
    )
    return agreement


def write_alipay(folder: Path, url: str) -> Path:
    private = alipay.MERCHANT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = alipay.ALIPAY_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "app.pem").write_bytes(private)
    (folder / "alipay.pem").write_bytes(public)
    agreement = folder / "alipay.toml"
    agreement.write_text(
        f"""
app_id = "{alipay.APP}"
seller_id = "{alipay.SELLER}"
private_key = "app.pem"
alipay_key = "alipay.pem"
notify_url = "{alipay.NOTIFY_URL}"
description = "路内停车"
url = "{url}"
""",
        encoding="utf-8",
    )
    return agreement
