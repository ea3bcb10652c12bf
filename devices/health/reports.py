"""What a device says is wrong with itself, its restarts, and messages of it that nobody can read."""

from typing import Final, get_args

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import Policy
from parking.events.device import DeviceFault
from parking.occupancy.evidence import SelfReport

_OF_ITS_OWN: Final[dict[str, DeviceFault]] = {
    "view_moved": "view_moved",
    "view_dirty": "view_dirty",
    "view_dark": "view_dark",
}
WORDS: Final[dict[str, tuple[str, str]]] = {
    "sensor_failed": ("设备报告传感器失效", "The device reports that its sensor failed"),
    "interference": ("设备报告强干扰", "The device reports strong interference"),
    "obstructed": ("设备报告被遮挡", "The device reports that it is obstructed"),
    "tampered": ("设备报告被拆动", "The device reports that it was tampered with"),
    "other": ("设备报告故障", "The device reports a fault"),
    "view_moved": ("摄像机画面已移动", "The camera looks elsewhere than it did"),
    "view_dirty": ("摄像机画面模糊或脏污", "The camera's picture is dirty or out of focus"),
    "view_dark": ("摄像机画面过暗", "The camera's picture is too dark"),
}
_WORTHLESS: Final = frozenset({"sensor_failed", "obstructed", "tampered", *_OF_ITS_OWN})
"""Complaints after which the word about the space tells nothing."""
_KNOWN: Final = frozenset(get_args(SelfReport))


class Report(msgspec.Struct, array_like=True, gc=False):
    """A complaint that lasts."""

    what: str
    since: int
    clean: int = 0
    """Messages about the space since then without it."""


class Restarts(msgspec.Struct, array_like=True):
    """The last ones, oldest first."""

    at: list[int] = []


class Unread(msgspec.Struct, array_like=True):
    """Messages that the registered profile does not allow."""

    at: list[int] = []
    read_since: int = 0


def fault_of(what: str) -> DeviceFault:
    """Under which fault a complaint stands."""
    return _OF_ITS_OWN.get(what, "self_reported")


def hear_report(reports: list[Report], what: str, at: int) -> None:
    what = what if what in _KNOWN else "other"
    for report in reports:
        if report.what == what:
            report.clean = 0
            return
    reports.append(Report(what, at))


def hear_clean(reports: list[Report], policy: Policy) -> None:
    """The device spoke of its space and complained of nothing."""
    for report in reports:
        report.clean += 1
    reports[:] = [report for report in reports if report.clean < policy.reports_close]


def judge_reports(reports: list[Report], fault: DeviceFault) -> Judgement:
    """The gravest complaint that lasts of those under this fault."""
    lasting = [report for report in reports if fault_of(report.what) == fault]
    if not lasting:
        return CLEAR
    gravest = max(lasting, key=lambda report: (report.what in _WORTHLESS, -report.since))
    zh, en = WORDS[gravest.what]
    return Finding(gravest.since, zh, en, distrusts=gravest.what in _WORTHLESS)


def hear_restart(restarts: Restarts, at: int, policy: Policy) -> bool:
    """True for a restart that was not yet counted."""
    times = restarts.at
    if any(abs(at - other) <= policy.restart_is_one for other in times):
        return False
    times.append(at)
    del times[: -policy.restarts_open]
    return True


def judge_restarts(restarts: Restarts, now: int, policy: Policy) -> Judgement:
    recent = [at for at in restarts.at if at > now - policy.restarts_within]
    if len(recent) >= policy.restarts_open:
        return Finding(
            min(recent),
            f"24 小时内至少重启 {len(recent)} 次",
            f"At least {len(recent)} restarts within 24 hours",
        )
    return CLEAR if len(recent) <= policy.restarts_close else None


def hear_unread(unread: Unread, at: int, policy: Policy) -> None:
    unread.at.append(at)
    del unread.at[: -policy.undecodable_opens]
    unread.read_since = 0


def hear_read(unread: Unread, policy: Policy) -> None:
    """A message could be read."""
    unread.read_since += 1
    if unread.read_since >= policy.undecodable_closes:
        unread.at.clear()


def judge_unread(unread: Unread, now: int, policy: Policy) -> Judgement:
    recent = [at for at in unread.at if at > now - policy.undecodable_within]
    if not recent:
        return CLEAR
    if len(recent) >= policy.undecodable_opens:
        return Finding(
            recent[0],
            "消息无法按登记的型号和固件版本解码",
            "Its messages cannot be read by the registered model and firmware",
        )
    return None
