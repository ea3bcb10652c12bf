"""The HTTP process as one ASGI application.

From the outside in: the door for single zones, the edge (ids, limits, last resort), the doors for readings and for
money, FastAPI.
"""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import errors, openapi
from api.attendant import evidence as attendant_evidence
from api.attendant import routes as attendant_routes
from api.bootstrap.readiness import Readiness
from api.bootstrap.serving import Serving
from api.cameras import routes as camera_routes
from api.cameras import view_library
from api.deps import provided
from api.edge import Edge
from api.enforcement import evidence as check_evidence
from api.enforcement import routes as enforcement_routes
from api.errors import problem_answers
from api.front import MoneyFront
from api.gates import routes as gate_routes
from api.ingest import routes as ingest_routes
from api.ingest.hot import ReadingsFront
from api.metrics import CONTENT_TYPE, HttpMetrics
from api.operator import (
    announced_events,
    audit,
    cases,
    device_health,
    device_tests,
    estimates,
    facility_reports,
    handovers,
    modules,
    proposals,
    rate_holds,
    rate_signs,
    rate_steps,
    rate_tables,
    reconciliation,
    reconciliation_concessions,
    reconciliation_days,
    refund_proposals,
    retrofit,
    review_policies,
    rights,
    session,
    staff,
    surveys,
    unknown_devices,
    waivers,
)
from api.operator import appeals as appeal_decisions
from api.operator import arrears as recoveries
from api.operator import devices as device_registry
from api.operator import evidence as kept_evidence
from api.operator import invoices as kept_invoices
from api.operator import occupancy as past_occupancy
from api.operator import terminals as terminal_registry
from api.public import (
    appeal_routes,
    availability,
    balance_orders,
    bills,
    debts,
    evidence_keys,
    facilities,
    invoice_routes,
    quotes,
    receipt_files,
    segments,
    space_payments,
    stream,
    tariffs,
    zones,
)
from api.public.hot import PREFIX, ZoneDoor
from api.settings import Settings
from api.terminals import arrears as pay_offs
from api.terminals import evidence as terminal_evidence
from api.terminals import machines as terminal_machines
from api.terminals import prepaid as terminal_prepaid
from api.terminals import providers as terminal_providers
from api.terminals import routes as terminal_routes
from api.web import pages
from parking.domain.clock import Clock, utc_now
from parking.domain.errors import UnavailableError
from parking.events import asyncapi

GZIP_FROM: Final = 1024
GZIP_LEVEL: Final = 5
"""Nearly as small as 9 in a third of the time."""

VERSION: Final = version("smart-parking")

machines = APIRouter(tags=["machines"])


class NotReadyError(UnavailableError):
    """Something that the process needs is missing."""

    code = "not_ready"


class Application:
    """What the server calls. `api` is the FastAPI application inside, with its routes."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.api = _api(serving)
        self._zones = ZoneDoor(serving.model, serving.metrics)
        money = MoneyFront(self.api, self.api.state.container, serving.clock)
        self._edge = Edge(ReadingsFront(money, serving.door), serving.metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and scope["path"].startswith(PREFIX)
            and await self._zones.answer(scope, send)
        ):
            return
        await self._edge(scope, receive, send)


def create_app(settings: Settings, clock: Clock = utc_now) -> Application:
    """Make the application; nothing is connected before its lifespan begins.

    Raises `SettingMissingError` without the addresses of PostgreSQL and the live store.
    """
    return Application(Serving(settings, clock))


_ROUTERS: Final = (
    zones.router,
    facilities.router,
    segments.router,
    availability.router,
    stream.router,
    tariffs.router,
    quotes.router,
    proposals.router,
    review_policies.router,
    estimates.router,
    modules.router,
    rate_tables.router,
    rate_steps.router,
    rate_signs.router,
    rate_holds.router,
    announced_events.router,
    surveys.router,
    reconciliation.router,
    reconciliation_concessions.router,
    reconciliation_days.router,
    staff.router,
    facility_reports.router,
    rights.router,
    ingest_routes.router,
    camera_routes.router,
    view_library.router,
    gate_routes.router,
    terminal_routes.router,
    terminal_providers.router,
    terminal_prepaid.router,
    terminal_machines.router,
    terminal_registry.router,
    device_health.router,  # before the registry, whose path of one device would take `health` for an id
    refund_proposals.router,
    attendant_routes.router,
    attendant_evidence.router,
    enforcement_routes.router,
    check_evidence.router,
    terminal_evidence.router,
    kept_evidence.router,
    cases.router,
    device_registry.router,
    device_tests.router,
    unknown_devices.router,
    retrofit.router,
    past_occupancy.router,
    handovers.router,
    evidence_keys.router,
    session.router,
    audit.router,
    balance_orders.router,
    bills.router,
    space_payments.router,
    appeal_routes.router,
    invoice_routes.router,
    receipt_files.router,
    debts.router,
    pay_offs.router,
    appeal_decisions.router,
    waivers.router,
    recoveries.router,
    kept_invoices.router,
    machines,
    pages.router,
)
"""In the order in which the document lists them."""


def _api(serving: Serving) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with serving.run():
            yield

    app = FastAPI(
        title="Smart Parking",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.container = serving.container
    app.state.clock = serving.clock
    errors.install(app)
    for router in _ROUTERS:
        # `include_router` would build every route anew, at the first question and for each application: routes of these
        # routers are whole already, as none of them is given a prefix or a dependency here.
        app.router.routes.extend(router.routes)
    pages.mount(app)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM, compresslevel=GZIP_LEVEL)
    # Assigning is FastAPI's own way of replacing its document.
    app.openapi = functools.cache(functools.partial(openapi.document, app))  # type: ignore[method-assign]
    return app


@machines.get("/healthz", summary="The process lives")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@machines.get("/readyz", summary="The process can answer everything", responses=problem_answers(503))
async def readyz(readiness: Annotated[Readiness, Depends(provided(Readiness))]) -> dict[str, str]:
    missing = await readiness.missing()
    if missing:
        raise NotReadyError("; ".join(missing), fields={"missing": missing})
    return {"status": "ready"}


@machines.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(figures: Annotated[HttpMetrics, Depends(provided(HttpMetrics))]) -> Response:
    return Response(figures.text(), media_type=CONTENT_TYPE)


@machines.get("/asyncapi.json", summary="The events of the bus, as AsyncAPI")
async def events() -> dict[str, Any]:
    return asyncapi.document(VERSION)
