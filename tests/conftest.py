"""The real servers that tests talk to: started once per run, with fresh state for every test."""

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import asyncpg
import pytest
from redis.asyncio import Redis
from xdist.workermanage import WorkerController

from api import schema
from api.auth.accounts import model as accounts
from api.collector import spare_batches
from api.embedded.folder import DataFolder
from api.embedded.mqtt import MqttBroker, find_mosquitto
from api.embedded.postgres import PostgresServer
from api.embedded.server import EmbeddedServer
from api.embedded.valkey import ValkeyServer
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database

REPOSITORY: Final = Path(__file__).parent.parent
TEMPLATE: Final = "template_of_tests"
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folders made in it have names of their own
MEMORY_NEEDED: Final = 2 * 1024**3
Server = TypeVar("Server", bound=EmbeddedServer)
Administered = Callable[[str], str]
_numbers = count(1)
LEFT_OUT: Final = pytest.StashKey[int]()
LEFT_OUT_SAID: Final = "left_out"
QUICK_PASSWORD_COST: Final = 2
WORKER: Final = "workerinput"
"""What the configuration has only in one of several processes (pytest-xdist)."""
LONGEST: Final = (
    "tests/scenarios/",
    "tests/chaos/",
    "tests/parking/sessions/test_killed.py",
    "tests/api/installation/",
    "tests/api/bench/",
    "tests/api/web/",
    "tests/pricing/fees/test_against_reference.py",
    "tests/pricing/demand/",
    "tests/pricing/validation/",
    "tests/pricing/reconciliation/test_nightly.py",
)
"""Where whole installations, killed processes, browsers and thousands of cases make a file last for many seconds."""
# As every process of the product does; collecting the tests alone is a fifth quicker.
spare_batches()


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; tests that read it are left out where it is not."""
    return REPOSITORY.parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords of people in tests protect nothing, and four accounts of the real cost take a fifth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_COST", QUICK_PASSWORD_COST)
        yield


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A fresh folder that every user can enter: PostgreSQL runs as `nobody` when the tests run as root."""
    path = _throwaway_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """As `open_folder`, for all tests of a file together."""
    path = _throwaway_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def servers_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop for starting and stopping servers, apart from those that tests run in."""
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[DataFolder]:
    path = _throwaway_folder()
    with DataFolder(path) as folder:
        yield folder
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres_server(servers_folder: DataFolder, servers_loop: asyncio.AbstractEventLoop) -> Iterator[PostgresServer]:
    """PostgreSQL with the newest schema in a template database."""
    server = PostgresServer(servers_folder, durable=False)
    yield from _kept(server, servers_loop)


@pytest.fixture(scope="session")
def administered(postgres_server: PostgresServer, servers_loop: asyncio.AbstractEventLoop) -> Iterator[Administered]:
    """Has a statement done on the server; one connection for all, because each begins with a process and a proof."""
    connection = servers_loop.run_until_complete(asyncpg.connect(postgres_server.address_of("postgres")))
    yield lambda statement: servers_loop.run_until_complete(connection.execute(statement))
    servers_loop.run_until_complete(connection.close())


@pytest.fixture(scope="session")
def postgres_template(
    postgres_server: PostgresServer, administered: Administered, servers_loop: asyncio.AbstractEventLoop
) -> str:
    administered(f"CREATE DATABASE {TEMPLATE}")
    servers_loop.run_until_complete(schema.upgrade(postgres_server.address_of(TEMPLATE)))
    return TEMPLATE


@pytest.fixture(scope="session")
def valkey_server(servers_folder: DataFolder, servers_loop: asyncio.AbstractEventLoop) -> Iterator[ValkeyServer]:
    yield from _kept(ValkeyServer(servers_folder), servers_loop)


@pytest.fixture(scope="session")
def mqtt_broker(servers_folder: DataFolder, servers_loop: asyncio.AbstractEventLoop) -> Iterator[MqttBroker]:
    yield from _kept(MqttBroker(servers_folder, find_mosquitto()), servers_loop)


@pytest.fixture(scope="session")
def copied_database(administered: Administered) -> Callable[[str], AbstractContextManager[str]]:
    """Copies the database of that name for as long as a block lasts, which is given the copy's name."""

    @contextmanager
    def copied(template: str) -> Iterator[str]:
        name = f"test_{next(_numbers)}"
        # Copying files is four times cheaper than PostgreSQL's usual way, which writes every page to its journal.
        administered(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield name
        administered(f"DROP DATABASE {name} WITH (FORCE)")

    return copied


@pytest.fixture
def database_url(
    postgres_server: PostgresServer,
    postgres_template: str,
    copied_database: Callable[[str], AbstractContextManager[str]],
) -> Iterator[str]:
    """A database of the test's own with the newest schema and nothing in it."""
    with copied_database(postgres_template) as name:
        yield postgres_server.address_of(name)


@pytest.fixture
def redis_url(valkey_server: ValkeyServer, servers_loop: asyncio.AbstractEventLoop) -> str:
    """The live store, emptied."""

    async def empty() -> None:
        async with Redis.from_url(valkey_server.url) as client:
            await client.flushall()
            await client.script_flush()

    servers_loop.run_until_complete(empty())
    return valkey_server.url


@pytest.fixture
def mqtt_url(mqtt_broker: MqttBroker) -> str:
    return mqtt_broker.url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(open_engine(database_url))
    yield opened
    await opened.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


def _throwaway_folder() -> Path:
    """In memory where there is room: on a disk a new database waits for whatever else is written there."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED
    path = Path(tempfile.mkdtemp(prefix="parking-test-", dir=MEMORY if is_roomy else None))
    path.chmod(0o755)
    return path


def _kept(server: Server, loop: asyncio.AbstractEventLoop) -> Iterator[Server]:
    loop.run_until_complete(server.start())
    yield server
    loop.run_until_complete(server.stop())


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Of several processes one collects first: in a fresh checkout each would compile all modules and rewrite all tests."""
    path = _collected(session.config)
    if path is None:
        return (yield)
    with path.open("ab") as collected:
        fcntl.flock(collected, fcntl.LOCK_EX)
        # Whoever finds something in it is not the first. The lock of a process that dies is free.
        if path.stat().st_size:
            fcntl.flock(collected, fcntl.LOCK_UN)
        found = yield
        collected.write(b".")
    return found


def _collected(config: pytest.Config) -> Path | None:
    """The file by which the processes of a run know that one of them has collected; none where there is one process."""
    said: dict[str, str] | None = getattr(config, WORKER, None)
    return None if said is None else Path(tempfile.gettempdir()) / f"parking-tests-{said['testrunuid']}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, the tests that read the reference data when the folder is not there."""
    if hasattr(config, WORKER):
        # Sorting keeps the order within a folder. What is long and begun last would keep one process busy alone.
        items.sort(key=_turn)
    if (REPOSITORY.parent / "shared" / "README.md").is_file():
        return
    needing = [item for item in items if "shared" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in needing]
    config.hook.pytest_deselected(items=needing)
    config.stash[LEFT_OUT] = len(needing)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, place in enumerate(LONGEST) if item.nodeid.startswith(place)), len(LONGEST))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes tells the one that reports; each has collected all tests."""
    said: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if said is not None:
        said[LEFT_OUT_SAID] = session.config.stash.get(LEFT_OUT, 0)
    if path := _collected(session.config):
        path.unlink(missing_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController, error: object | None) -> None:
    if error is None:
        node.config.stash[LEFT_OUT] = node.workeroutput[LEFT_OUT_SAID]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"left out: {left_out} tests that read ../shared, which is not here")
