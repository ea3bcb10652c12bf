"""Which account at a provider takes whose money: the payee's own, else the one that is for everyone else."""

from collections.abc import Sequence

from pricing.providers.model import PaymentProvider, ProviderSettingsError, ProviderUnknownError


class Accounts:
    """The accounts of one process at its providers. An installation without agreements has none."""

    def __init__(self, accounts: Sequence[PaymentProvider]) -> None:
        """Raise `ProviderSettingsError` where two accounts would take the money of one payee."""
        self._accounts = tuple(accounts)
        for name in self.names:
            named = [payee for one in self.at(name) for payee in one.payees or {""}]
            twice = {payee for payee in named if named.count(payee) > 1}
            if twice:
                whose = ", ".join(sorted(payee or "everyone else" for payee in twice))
                raise ProviderSettingsError(f"several agreements with {name} are for {whose}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({one.name for one in self._accounts}))

    def at(self, name: str) -> tuple[PaymentProvider, ...]:
        """Raises `ProviderUnknownError`."""
        found = tuple(one for one in self._accounts if one.name == name)
        if not found:
            raise ProviderUnknownError(f"this installation has no agreement with {name!r}")
        return found

    def of_payee(self, name: str, payee: str) -> PaymentProvider:
        """Raises `ProviderUnknownError` (`provider_unknown`, `payee_without_agreement`)."""
        own = [one for one in self.at(name) if payee in one.payees or not one.payees]
        if not own:
            raise ProviderUnknownError(f"{payee} has no agreement with {name}", code="payee_without_agreement")
        return max(own, key=lambda one: len(one.payees))

    def of_merchant(self, name: str, merchant: str | None) -> PaymentProvider:
        """Raises `ProviderUnknownError`."""
        for one in self.at(name):
            if one.merchant_id == merchant or (merchant is None and not one.payees):
                return one
        raise ProviderUnknownError(f"this installation has no agreement for {merchant} with {name!r}")
