"""What was done to broken history before it was used: by rule, how often, with the first few lines as examples.

Good rows pass whatever stands beside them. A row is dropped where nothing can be known from it, clipped where what it says is beyond what can be
but its direction is clear, and kept with a word where only the reader must know. Nothing is repaired in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Fate = Literal["dropped", "clipped", "kept"]
EXAMPLES: Final = 5


class Rule(NamedTuple):
    """What becomes of a row, and why, in both languages of the house."""

    fate: Fate
    en: str
    zh: str


RULES: Final = {
    "unreadable": Rule("dropped", "a value is missing or not of its kind", "缺少数值或数值无法识别"),
    "no_capacity": Rule("dropped", "no spaces", "没有泊位"),
    "no_hours": Rule("dropped", "no hour was measured", "没有测量小时"),
    "implausible": Rule("dropped", "a share that no counter can mean", "占用率不可能成立"),
    "negative": Rule("dropped", "a mean below zero", "平均值为负"),
    "duplicate": Rule("dropped", "the row repeats an earlier one", "重复行"),
    "contradiction": Rule(
        "dropped", "an earlier row says otherwise of the same time", "与同一时间较早的行矛盾，以较早者为准"
    ),
    "clock_skipped": Rule("dropped", "a time that the clock skipped", "时钟拨快时不存在的时间"),
    "no_position": Rule("dropped", "a zone without a position in the list given", "所给列表中没有该区域的坐标"),
    "below_zero": Rule("clipped", "a count below zero is none", "负计数按零计"),
    "over_capacity": Rule("clipped", "more than the capacity is full", "超出容量按满计"),
    "clock_change": Rule(
        "kept", "written across a clock change; the day of the wall clock counts", "跨越时钟调整；以当地日期为准"
    ),
    "clock_set_back": Rule(
        "kept", "an hour that the clock showed twice; both count", "时钟拨慢而重复的小时；两者都计入"
    ),
    "price_changed": Rule(
        "kept",
        "the price changed within a period; that of most hours counts",
        "一期之内价格有变；以小时数最多的价格为准",
    ),
    "spaces_changed": Rule(
        "kept", "the spaces changed within a period; the latest count", "一期之内泊位数有变；以最近的为准"
    ),
    "gap": Rule("kept", "not measured in between; unknown, never empty", "中间缺测；按未知处理，不视为空闲"),
    "old": Rule("kept", "the latest measurement is older than others'", "最近一次测量早于其他记录"),
}
"""In the order in which they are told."""


@dataclass(kw_only=True)
class Cleaning:
    """Of one file; filled while it is read."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """By rule; rules that met nothing are absent."""
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, rule: str, example: str = "", *, times: int = 1) -> None:
        """`example` such as `line 12: occupancy -0.2`: where, and what it says."""
        if times <= 0:
            return
        self.counts[rule] = self.counts.get(rule, 0) + times
        kept = self.examples.setdefault(rule, [])
        if example and len(kept) < EXAMPLES:
            kept.append(example)

    @property
    def dropped(self) -> int:
        return self._of("dropped")

    @property
    def clipped(self) -> int:
        return self._of("clipped")

    def told(self) -> Sequence[tuple[str, Rule, int, Sequence[str]]]:
        """Name of the rule, the rule, how often, examples; in the order of `RULES`."""
        return [(name, RULES[name], self.counts[name], self.examples[name]) for name in RULES if name in self.counts]

    def sentences(self, name: str) -> list[str]:
        """For a terminal; empty for a file in which all is well. `name` is that of the file."""
        lines = []
        for rule, what, times, examples in self.told():
            shown = f" ({'; '.join(examples)})" if examples else ""
            lines.append(f"{name}: {times} {what.fate}, {rule}: {what.en} / {what.zh}{shown}")
        return lines

    def document(self) -> dict[str, Any]:
        """For JSON: rows, and by rule what became of how many."""
        return {
            "rows": self.rows,
            "dropped": self.dropped,
            "clipped": self.clipped,
            "rules": [
                {"rule": name, "fate": what.fate, "count": times, "en": what.en, "zh": what.zh, "examples": examples}
                for name, what, times, examples in self.told()
            ],
        }

    def _of(self, fate: Fate) -> int:
        return sum(times for name, times in self.counts.items() if RULES[name].fate == fate)
