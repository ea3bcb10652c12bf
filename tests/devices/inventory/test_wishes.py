"""Files of devices: good rows are wishes, bad ones say why."""

import pytest

from devices.inventory.wishes import DeviceFileInvalidError, NewDevice, RowError, read_csv


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
