"""The tables that a migration compares with: importing this module registers every feature's tables."""

import devices.cameras.tables
import devices.commissioning.tables
import devices.health.tables
import devices.inventory.tables
import devices.terminals.tables
import devices.vision.tables  # noqa: F401 - imported for its tables
import parking.bus.tables
import parking.casework.tables
import parking.db.tables
import parking.evidence.tables
import parking.gates.tables
import parking.handovers.tables
import parking.occupancy.tables
import parking.places.tables
import parking.plugins.tables
import parking.privacy.tables
import parking.restrictions.tables
import parking.retrofit.tables
import parking.rights.tables
import parking.sessions.tables  # noqa: F401 - imported for its tables
import pricing.arrears.tables
import pricing.arrivals.tables
import pricing.paid.tables
import pricing.proposals.tables
import pricing.providers.tables
import pricing.quotes.tables
import pricing.rates.limit_store
import pricing.rates.tables
import pricing.reconciliation.tables
import pricing.settlement.correction_tables
import pricing.settlement.prepaid_tables
import pricing.settlement.refund_proposal_tables
import pricing.settlement.tables  # noqa: F401 - imported for its tables
from parking.db.schema import Base

TARGET = Base.metadata
