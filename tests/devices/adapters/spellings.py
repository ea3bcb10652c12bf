"""Our facts in the spellings of the public decoders from which the shared vectors were copied."""

from collections.abc import Mapping
from typing import Any

from devices.ports import Message

Acceptable = tuple[Any, ...]

_NWAVE_TYPES = {"status": "parking_status", "tag_registration": "user_registration", "count": "counter_update"}
_SAME = (
    "config_up",
    "sensor_recalibration",
    "sensor_error",
    "frame_type_name",
    "frame_counter",
    "firmware_version",
    "reboot_response",
    "vehicle_count",
    "tag_id",
    "Cmd",
    "MinTime",
    "MaxTime",
    "BatteryChange",
    "uploadInterval",
    "ultraDetectInterval",
    "magDetectInterval",
    "magThreshold",
    "detectInterval",
    "levelThreshold",
    "magnetThreshold",
    "batteryThreshold",
    "battery_health",
)
"""Fields that we name as their source does."""


def as_the_sources_say(message: Message, payload: bytes) -> Mapping[str, Acceptable]:
    """For every name that any of the sources prints, the values that are our fact in its spelling."""
    said = {name: (message.fields.get(name),) for name in _SAME}
    return {**said, **_state(message), **_start(message), **_measured(message), **_lorawan_devices(message, payload)}


def _state(message: Message) -> dict[str, Acceptable]:
    fields, occupied = message.fields, message.status == "occupied"
    kind = str(fields.get("type", ""))
    return {
        "type": (kind, f"parking {kind}", _NWAVE_TYPES.get(kind)),
        "message_type": (kind, f"parking_{kind}"),
        "occupied": (occupied, int(occupied)),
        "occupancy": (int(occupied),),
        "map_state": (int(occupied),),
        "p_state": (message.status,),
        "parking_status": (int(occupied),),
        "parking_status_name": ("occupied",) if occupied else ("vacant",),
        "parking_slot_status": (int(occupied),),
        "parking_slot_status_name": ("occupied",) if occupied else ("empty",),
        "parking_slot_changed": (int(message.kind == "change"),),
        "status": ("OCCUPIED",) if occupied else ("VACANT",),
        "keepAlive": (int(message.kind == "restate"),),
        "keep_alive": (int("keep_alive_status" in fields),),
        "reset": (int(message.kind == "startup"),),
        "CarOnOff": (int(occupied),),
        "alarmPark": (occupied,),
    }


def _start(message: Message) -> dict[str, Acceptable]:
    fields = message.fields
    debug, cause = str(fields.get("debug", "")).upper(), str(fields.get("reset_cause", ""))
    return {
        "debug": (debug, debug[:20]),
        "debugCodes": (fields.get("debug_codes"),),
        "fwVersion": (fields.get("firmware"),),
        "firmwareVersion": (fields.get("firmware"),),
        "firmware": (fields.get("firmware"),),
        "firmware_version": (fields.get("firmware"), fields.get("firmware_version")),
        "reset_cause": (cause, f"{cause}_reset", f"{cause}_reset:{fields.get('reset_cause_code')}"),
        "resetCause": (f"{cause}_reset".upper(), cause.replace("_", " ")),
        "SWver": (float(str(fields.get("firmware", "nan"))) if "hardware" in fields else None,),
        "HWver": (int(str(fields.get("hardware", 0))),),
        "Datecode": (fields.get("build_date"),),
        "recalibrate_success": (fields.get("recalibrate_response"),),
        "deactivate_response": (fields.get("deactivate_response"),),
        "unparseable": (str(fields.get("unparsed_hex")).upper(),),
    }


def _measured(message: Message) -> dict[str, Acceptable]:
    fields = message.fields
    celsius, low = fields.get("temperature_c", message.temperature_c), fields.get("battery_low")
    magnetic = fields.get("magnetic")
    x, y, z = magnetic.values() if isinstance(magnetic, dict) else (None, None, None)
    return {
        "temperature": (celsius,),
        "Temperature": (celsius,),
        "battery": (message.battery_v,),
        "batteryVoltage": (message.battery_v,),
        "battery_voltage": (message.battery_v,),
        "Volt": (message.battery_v, f"{message.battery_v}(low battery)"),
        "volt": (message.battery_v,),
        "battery_voltage_mean_24h": (fields.get("battery_v_mean_24h"),),
        "battery_low": (low,),
        "battery_state": (int(low is True),),
        "battery_state_name": ("change" if low else "good",),
        "alarmBattery": (low,),
        "Good_Battery": (int(low is False),),
        "tag_battery_voltage": (fields.get("tag_battery_v"),),
        "x_axis": (x,),
        "y_axis": (y,),
        "z_axis": (z,),
        "xMagnet": (x,),
        "yMagnet": (y,),
        "zMagnet": (z,),
        "humidity": (fields.get("humidity_pct"),),
        "level": (fields.get("distance_mm"),),
        "alarmLevel": (fields.get("level_alarm"),),
        "alarmMagnet": (fields.get("magnetic_alarm"),),
    }


def _lorawan_devices(message: Message, payload: bytes) -> dict[str, Acceptable]:
    fields = message.fields
    hours, _, minutes = str(fields.get("device_clock", "0:0")).partition(":")
    return {
        "frame_type": (fields.get("frame_type"), str(fields.get("frame_type_name")).upper()),
        "sequence": (message.sequence,),
        "Frame_Counter": (message.sequence,),
        "frameCounter": (message.sequence,),
        "previous_state_duration": (fields.get("previous_state_minutes"),),
        "previous_state_duration_error": (fields.get("previous_state_minutes_error"),),
        "previous_state_duration_overflow": (fields.get("previous_state_overflow"),),
        "hw_health_status": (fields.get("hw_health"),),
        "counter_value": (fields.get("vehicle_count"),),
        "No_Beacon": (int(fields.get("no_beacon") is True),),
        "Radar": (int(fields.get("radar_used") is True),),
        "Obstruction": (int(fields.get("obstruction") is True),),
        "Parking_ID": (fields.get("vendor_space_id"),),
        "Beacon_RSSI": (fields.get("beacon_rssi_dbm"),),
        "Beacons": (fields.get("beacons"),),
        "Device": ("R719A",),
        "Status": ("Success" if fields.get("ok") else "Failure",),
        "hours": (int(hours),),
        "minutes": (int(minutes),),
        "ascii": (payload.decode("latin-1"),),
    }
