"""Files of devices: good rows are wishes, bad ones say why."""

from datetime import UTC, datetime

import pytest

from devices.inventory.wishes import DeviceFileInvalidError, NewDevice, RowError, read_csv

EUI = "02000000000000a1"
KEY = "00112233445566778899aabbccddeeff"


def test_rows_are_wishes_when_the_file_is_good() -> None:
    rows = list(
        read_csv(
            ["device,vendor,model,version,heartbeat_s,space\n", "d1,Bosch,TPS110,0.29,300,s1\n", "d2,PNI,PlacePod,,,\n"]
        )
    )
    assert rows == [
        NewDevice(device_id="d1", vendor="Bosch", model="TPS110", version="0.29", heartbeat_s=300, space_id="s1"),
        NewDevice(device_id="d2", vendor="PNI", model="PlacePod"),
    ]


def test_columns_may_be_missing_when_they_are_not_needed() -> None:
    assert list(read_csv(["vendor,device,model\n", "PNI, d2 ,PlacePod\n"])) == [
        NewDevice(device_id="d2", vendor="PNI", model="PlacePod")
    ]


def test_purchase_and_keys_are_read_and_not_shown_when_the_file_has_them() -> None:
    (row,) = read_csv(
        [
            "device,vendor,model,wire_id,join_eui,app_key,supplier,batch,serial,installed_at\n",
            f"ZD-1,PNI,PlacePod,{EUI},{'0' * 16},{KEY.upper()},某公司,2026-1,SN7,2026-11-22T08:00:00+08:00\n",
        ]
    )
    assert isinstance(row, NewDevice)
    assert (row.wire_id, row.supplier, row.batch, row.serial) == (EUI, "某公司", "2026-1", "SN7")
    assert row.installed_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert row.secrets == {"join_eui": "0" * 16, "app_key": KEY}
    assert KEY not in repr(row)
    assert EUI not in repr(row)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("app_key", KEY[:-1], "device_secret_invalid"),
        ("app_key", "z" * 32, "device_secret_invalid"),
        ("installed_at", "2026-11-22 08:00", "instant_invalid"),
        ("supplier", "x" * 101, "text_invalid"),
    ],
)
def test_row_is_refused_without_telling_a_key_when_a_cell_is_bad(column: str, cell: str, code: str) -> None:
    (row,) = read_csv([f"device,vendor,model,{column}\n", f"d1,PNI,PlacePod,{cell}\n"])
    assert isinstance(row, RowError)
    assert row.code == code
    assert KEY[:-1] not in row.detail


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("d1,PNI,PlacePod,ten\n", "heartbeat_invalid"),
        ("d1,PNI,PlacePod,-1\n", "heartbeat_invalid"),
        ("d1\n", "row_invalid"),
        ("d1,PNI,PlacePod,1,2\n", "row_invalid"),
    ],
)
def test_row_is_refused_and_the_others_pass_when_one_is_bad(row: str, code: str) -> None:
    first, second, third = read_csv(
        ["device,vendor,model,heartbeat_s\n", "a,PNI,PlacePod,1\n", row, "b,PNI,PlacePod,1\n"]
    )
    assert isinstance(first, NewDevice)
    assert isinstance(third, NewDevice)
    assert isinstance(second, RowError)
    assert (second.index, second.code) == (1, code)


@pytest.mark.parametrize("heading", [[], ["device,vendor\n"], ["device,vendor,model,colour\n"]])
def test_file_is_refused_when_its_heading_is_wrong(heading: list[str]) -> None:
    with pytest.raises(DeviceFileInvalidError):
        list(read_csv(heading))
