"""How a stay is refused: a stable code, a sentence, and the place in the table."""

from pricing.fees.model import FeeRefusedError
from pricing.rates.model import RateTable


def refused(table: RateTable, code: str, detail: str, **place: object) -> FeeRefusedError:
    """`place` names the collection, the rule or the instant, whatever is known."""
    return FeeRefusedError(
        f"{table.rate_table_id} version {table.version}: {detail}",
        code=code,
        fields={"rate_table": table.rate_table_id, "version": table.version, **place},
    )
