"""`parking bench`: what this machine does, beside what its raw parts could do."""

import asyncio
import sys

import click


@click.group(help="Measure this machine beside its raw limits; each command prints one JSON object.")
def command() -> None:
    """Hold the measurements together; each one documents itself."""


ROUNDS = click.option(
    "--rounds", type=click.IntRange(1, 20), default=3, show_default=True, help="Medians are of these."
)
CITY = click.option(
    "--spaces",
    type=click.IntRange(min=100),
    help="Size of the generated city; that of the published figures unless set.",
)


@command.command(epilog="Example: parking bench ingest --seconds 5")
@click.option("--seconds", type=click.IntRange(1, 60), default=5, show_default=True, help="Length of one round.")
@ROUNDS
@CITY
def ingest(seconds: int, rounds: int, spaces: int | None) -> None:
    """Readings a second in batches of 100, stage by stage, and the time to a visible change.

    Over HTTP with the whole installation: answered, visible, in history. From the streams on with an engine alone: committed to
    the live state; with the history writer beside it: committed to history as well. Servers and processes are its own, in a folder
    that is thrown away; the load comes from this process.
    """
    from api.bench.ingest import SPACES, STREET_SPACES, measure_ingest  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    figures = asyncio.run(measure_ingest(seconds=seconds, rounds=rounds, spaces=spaces))
    sizes = {"spaces": spaces or SPACES, "street_spaces": spaces or STREET_SPACES}
    print(report("ingest", figures, seconds=seconds, rounds=rounds, **sizes, generator="api.bench.http_client"))


@command.command(epilog="Example: parking bench history --rounds 5")
@ROUNDS
@click.option(
    "--spaces", type=click.IntRange(min=100), default=100_000, show_default=True, help="Each says one word a round."
)
def history(rounds: int, spaces: int) -> None:
    """Readings a second into PostgreSQL by the history writer alone, and the processor time of each.

    Starts a PostgreSQL and a Valkey of its own, both durable, in a folder that is thrown away. Beside it COPY of the same
    rows into a table without an index.
    """
    from api.bench.history import measure_history  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("history", asyncio.run(measure_history(rounds=rounds, spaces=spaces)), rounds=rounds, spaces=spaces))


@command.command(epilog="Example: parking bench city --spaces 1000000")
@click.option(
    "--spaces", type=click.IntRange(100, 2_000_000), default=1_000_000, show_default=True, help="Size of the city."
)
def city(spaces: int) -> None:
    """Memory of live store and engine when every device of a whole city has spoken, and the start of another engine.

    A million spaces take minutes to prepare. Servers and processes are its own, in a folder that is thrown away.
    """
    from api.bench.city import measure_city  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("city", asyncio.run(measure_city(spaces=spaces)), spaces=spaces))


@command.command(epilog="Example: parking bench rebuild --spaces 1000000")
@click.option("--spaces", type=click.IntRange(min=100), default=100_000, show_default=True, help="Of the lost city.")
def rebuild(spaces: int) -> None:
    """Seconds until a lost live store is back as it was, from checkpoints and from history alone.

    Starts a PostgreSQL and a Valkey of its own, both durable, in a folder that is thrown away. What came back is compared with what
    was lost, byte by byte. Beside it the same fields written by nothing but HSET.
    """
    from api.bench.rebuild import measure_rebuild  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("rebuild", asyncio.run(measure_rebuild(spaces=spaces)), spaces=spaces))


@command.command(epilog="Example: parking bench availability --seconds 5")
@click.option("--seconds", type=click.IntRange(1, 60), default=5, show_default=True, help="Length of one round.")
@ROUNDS
@CITY
def availability(seconds: int, rounds: int, spaces: int | None) -> None:
    """Answers for a zone from one HTTP process, beside the same server in front of an empty function."""
    from api.bench.availability import SPACES, measure_availability  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above
    from api.bench.wrk import tool  # noqa: PLC0415 - as above

    size = spaces or SPACES
    figures = asyncio.run(measure_availability(seconds=seconds, rounds=rounds, spaces=size))
    print(report("availability", figures, seconds=seconds, rounds=rounds, spaces=size, generator=tool()))


@command.command(epilog="Example: parking bench decode --seconds 2")
@click.option("--seconds", type=click.IntRange(1, 60), default=2, show_default=True, help="Length of one stage.")
@ROUNDS
def decode(seconds: int, rounds: int) -> None:
    """Frames a second on one core, from a network server's JSON to an observation that may enter.

    Whole envelopes of The Things Stack and ChirpStack, codec, admission and the raw message with its outcome; beside it the
    reading of the same JSON alone. Counted in processor time of the one thread.
    """
    from api.bench.decode import measure_decode  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("decode", measure_decode(seconds=seconds, rounds=rounds), seconds=seconds, rounds=rounds))


@command.command(epilog="Example: parking bench mqtt --messages 100000")
@click.option(
    "--messages", type=click.IntRange(1_000, 1_000_000), default=60_000, show_default=True, help="Of a round."
)
@ROUNDS
def mqtt(messages: int, rounds: int) -> None:
    """Messages a second from the broker to the live store in one process, at quality of service 1.

    Starts a broker and a live store of its own in a folder that is thrown away. The messages wait at the broker when the
    process comes, so that no publisher takes part; beside it a subscriber that only acknowledges.
    """
    from api.bench.mqtt import measure_mqtt  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    figures, broker = measure_mqtt(messages=messages, rounds=rounds)
    print(report("mqtt", figures, messages=messages, rounds=rounds, broker=broker))


@command.command(epilog="Example: parking bench fees --seconds 2")
@click.option("--seconds", type=click.IntRange(1, 60), default=2, show_default=True, help="Length of one round.")
@ROUNDS
def fees(seconds: int, rounds: int) -> None:
    """Time one fee with its lines beside making the answer's objects alone, and a million fees over columns.

    One fee is of Linzi's tariff; the columns are priced by Weifang's, with segments, free minutes and a cap, and by
    Linzi's with the quota of new-energy vehicles carried from stay to stay. Their limit is one division and a sum.
    """
    from api.bench.fees import STAYS, measure_fees  # noqa: PLC0415 - as above
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("fees", measure_fees(seconds=seconds, rounds=rounds), seconds=seconds, rounds=rounds, stays=STAYS))


@command.command(epilog="Example: parking bench settlement --seconds 3")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, show_default=True, help="Length of one round.")
@ROUNDS
def settlement(seconds: int, rounds: int) -> None:
    """Payments a second with key, journal, receipt and event, beside the database's own commits of one row.

    First within this process against a PostgreSQL of its own, then as a terminal does it: quote and payment over HTTP, the
    whole installation running. Folders and servers are thrown away; durability is full.
    """
    from api.bench.report import report  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.settlement import CONNECTIONS, measure_settlement  # noqa: PLC0415 - as above
    from api.bench.settlement_http import CONNECTIONS as TERMINALS  # noqa: PLC0415 - as above
    from api.bench.settlement_http import measure_settlement_http  # noqa: PLC0415 - as above

    figures = asyncio.run(measure_settlement(seconds=seconds, rounds=rounds))
    figures += asyncio.run(measure_settlement_http(seconds=seconds, rounds=rounds))
    print(report("settlement", figures, seconds=seconds, rounds=rounds, connections=CONNECTIONS, terminals=TERMINALS))


@command.command(epilog="Example: parking bench checks --seconds 3")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, show_default=True, help="Length of one round.")
@ROUNDS
def checks(seconds: int, rounds: int) -> None:
    """Roadside checks a second with their log on disk, beside the database's own look-ups of one row.

    Starts a PostgreSQL of its own in a folder that is thrown away, with full durability.
    """
    from api.bench.checks import CONNECTIONS, VEHICLES, measure_checks  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    figures = asyncio.run(measure_checks(seconds=seconds, rounds=rounds))
    print(report("checks", figures, seconds=seconds, rounds=rounds, connections=CONNECTIONS, vehicles=VEHICLES))


@command.command(epilog="Example: parking bench vision --seconds 3")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, show_default=True, help="Length of one round.")
@ROUNDS
def vision(seconds: int, rounds: int) -> None:
    """Time one space of a plain camera's frame on one core, beside the network's own run without anything around it."""
    from api.bench.report import report  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.vision import SPACES, measure_vision  # noqa: PLC0415 - as above

    print(
        report("vision", measure_vision(seconds=seconds, rounds=rounds), seconds=seconds, rounds=rounds, spaces=SPACES)
    )


@command.command(epilog="Example: parking bench simulation --towns 4")
@click.option("--towns", type=click.IntRange(1, 60), default=4, show_default=True, help="Towns of drivers to try in.")
@click.option(
    "--tune", is_flag=True, help="Instead, every setting of each policy in towns that nothing is reported on."
)
def simulation(towns: int, *, tune: bool) -> None:
    """The optimizer beside the rules, with the same steps and limits, in towns of drivers that share no model with them.

    Ten updates four weeks apart, other zones sought after from the seventh on; drivers who do not care for prices, who care little and much.
    """
    from api.bench import simulation, tuning  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above
    from api.bench.trials import UPDATES, ZONES  # noqa: PLC0415 - as above

    length = towns * (tuning if tune else simulation).comparisons()
    with click.progressbar(length=length, label="towns", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        measure = tuning.measure_tuning if tune else simulation.measure_simulation
        figures = measure(towns=towns, progress=bar.update)
    print(report("simulation", figures, towns=towns, zones=ZONES, updates=UPDATES, tuning=tune))


@command.command(epilog="Example: parking bench recovery --towns 20")
@click.option("--towns", type=click.IntRange(2, 100), default=10, show_default=True, help="Towns of drivers to try in.")
def recovery(towns: int) -> None:
    """The response to prices as lotteries show it beside the one that is there, in towns of drivers of another form.

    Five waves each, in which half of the zones whose prices move wait by lot; drivers who do not care for prices, who care little and much.
    """
    from api.bench.lotteries import WAVES, ZONES  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.recovery import comparisons, measure_recovery  # noqa: PLC0415 - as above
    from api.bench.report import report  # noqa: PLC0415 - as above

    length = towns * comparisons()
    with click.progressbar(length=length, label="towns", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        figures = measure_recovery(towns=towns, progress=bar.update)
    print(report("recovery", figures, towns=towns, zones=ZONES, waves=WAVES))


@command.command(epilog="Example: parking bench optimizer --cells 10000 --joined")
@click.option("--cells", type=click.IntRange(24, 200_000), default=10_000, show_default=True, help="Prices to propose.")
@click.option("--joined", is_flag=True, help="With a revenue floor and eight distinct prices as well.")
def optimizer(*, cells: int, joined: bool) -> None:
    """Time a whole proposal of the optimizer for a generated city, the rules it is held against included, on one core."""
    from api.bench.optimizer import measure_optimizer  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("optimizer", measure_optimizer(cells=cells, joined=joined), cells=cells, joined=joined))


@command.command(epilog="Example: parking bench backtest --stays 10000000")
@click.option(
    "--stays", type=click.IntRange(10_000, 20_000_000), default=1_000_000, show_default=True, help="In the file."
)
def backtest(stays: int) -> None:
    """Time recorded stays from a CSV file to the comparison of two tariffs, on one core.

    The file is written first, the same in every run, about 90 bytes a stay, and thrown away. The limit is to read it and count its lines.
    """
    from api.bench.backtest import measure_backtest  # noqa: PLC0415 - heavy, and not for --help
    from api.bench.report import report  # noqa: PLC0415 - as above

    print(report("backtest", measure_backtest(stays=stays), stays=stays))
