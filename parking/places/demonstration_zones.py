"""The districts and zones of the demonstration city as rows of a table; see `demonstration` for what is real in them."""

import math
from typing import Final, Literal, NamedTuple

from parking.domain.geo import EARTH_RADIUS_M, Position
from parking.places.model import AreaClass
from parking.places.street_plan import ZONE_HEIGHT_M, ZONE_WIDTH_M

Street = tuple[str, str]
_ROAD_M: Final = 20.0
"""Between two neighbouring zones."""


class DistrictRow(NamedTuple):
    """A district; `centre` is WGS 84 and approximate. Functional zones have no civil-affairs code."""

    district_id: str
    name: str
    name_en: str
    admin_code: str | None
    centre: Position

    def cell(self, column: int, row: int) -> Position:
        """The centre of a zone, counted from the centre of the district to the east and to the north."""
        longitude, latitude = self.centre
        north = math.degrees(1 / EARTH_RADIUS_M)
        east = north / math.cos(math.radians(latitude))
        x, y = column * (ZONE_WIDTH_M + _ROAD_M), row * (ZONE_HEIGHT_M + _ROAD_M)
        return longitude + x * east, latitude + y * north


class FacilityRow(NamedTuple):
    """A lot or a garage in a zone."""

    kind: Literal["lot", "garage"]
    name: str
    name_en: str
    spaces: int
    levels: int = 1
    mechanical: bool = False


class ZoneRow(NamedTuple):
    """A zone; `streets` from south to north."""

    zone_id: str
    district_id: str
    name: str
    name_en: str
    area_class: AreaClass
    cell: tuple[int, int]
    kerb_spaces: int
    streets: tuple[Street, Street, Street]
    facilities: tuple[FacilityRow, ...] = ()
    price_document_id: str | None = "PD-CITY"
    concession_id: str = "CON-CITY"
    unapproved_segments: int = 0


DISTRICTS: Final = (
    DistrictRow("370302", "淄川区", "Zichuan", "370302", (117.967, 36.644)),
    DistrictRow("370303", "张店区", "Zhangdian", "370303", (118.050, 36.810)),
    DistrictRow("370304", "博山区", "Boshan", "370304", (117.862, 36.495)),
    DistrictRow("370305", "临淄区", "Linzi", "370305", (118.309, 36.826)),
    DistrictRow("370306", "周村区", "Zhoucun", "370306", (117.870, 36.803)),
    DistrictRow("370321", "桓台县", "Huantai", "370321", (118.098, 36.960)),
    DistrictRow("370322", "高青县", "Gaoqing", "370322", (117.827, 37.171)),
    DistrictRow("370323", "沂源县", "Yiyuan", "370323", (118.171, 36.185)),
    DistrictRow("ZB-GX", "高新区", "High-tech Zone", None, (118.055, 36.845)),
    DistrictRow("ZB-JK", "经开区", "Economic Development Zone", None, (118.010, 36.760)),
    DistrictRow("ZB-WCH", "文昌湖区", "Wenchang Lake", None, (117.830, 36.680)),
)

_HUAGUANG: Final = ("华光路", "Huaguang Road")
_RENMIN: Final = ("人民路", "Renmin Road")
_GONGQINGTUAN: Final = ("共青团路", "Gongqingtuan Road")
_XINCUN: Final = ("新村路", "Xincun Road")
_XINGXUE: Final = ("兴学街", "Xingxue Street")
_SHANGCHANG: Final = ("商场西街", "Shangchang West Street")
_HONGGOU: Final = ("洪沟路", "Honggou Road")
_CHANGGUO: Final = ("昌国路", "Changguo Road")
_LIANTONG: Final = ("联通路", "Liantong Road")
_LUTAI: Final = ("鲁泰大道", "Lutai Avenue")
_XINGYUAN: Final = ("杏园路", "Xingyuan Road")
_WANGSHE: Final = ("王舍路", "Wangshe Road")

# The four rows of zones of the Zhangdian grid, from south to north.
_SOUTH: Final = (_CHANGGUO, _HONGGOU, _WANGSHE)
_STATION: Final = (_XINCUN, _SHANGCHANG, _XINGXUE)
_CORE: Final = (_GONGQINGTUAN, _XINGYUAN, _RENMIN)
_NORTH: Final = (_HUAGUANG, _LIANTONG, _LUTAI)

_TOWN: Final[tuple[Street, Street, Street]] = (
    ("文化路", "Wenhua Road"),
    ("中心路", "Zhongxin Road"),
    ("建设路", "Jianshe Road"),
)


def _lot(name: str, name_en: str, spaces: int) -> tuple[FacilityRow, ...]:
    return (FacilityRow("lot", name, name_en, spaces),)


_STEREO: Final = FacilityRow("garage", "中心医院立体车库", "Central Hospital stereo garage", 72, 6, mechanical=True)
_GARAGE: Final = FacilityRow("garage", "美食街停车楼", "Meishi Street garage", 64, 4)

ZONES: Final = (
    ZoneRow("ZD-01", "370303", "八大局", "Badaju", "I", (0, 0), 96, _CORE, _lot("八大局停车场", "Badaju car park", 40)),
    ZoneRow("ZD-02", "370303", "水晶街", "Shuijing Street", "I", (1, 0), 112, _CORE),
    ZoneRow("ZD-03", "370303", "美食街", "Meishi Street", "I", (0, -1), 84, _STATION, (_GARAGE,)),
    ZoneRow(
        "ZD-04",
        "370303",
        "火车站",
        "Railway Station",
        "I",
        (1, -1),
        68,
        _STATION,
        _lot("站前停车场", "Station car park", 72),
    ),
    ZoneRow("ZD-05", "370303", "人民公园", "People's Park", "I", (-1, 0), 108, _CORE),
    ZoneRow("ZD-06", "370303", "商场西街", "Shangchang West Street", "I", (-1, -1), 118, _STATION),
    ZoneRow(
        "ZD-07",
        "370303",
        "中心医院",
        "Central Hospital",
        "I",
        (2, 0),
        72,
        _CORE,
        (_STEREO,),
        concession_id="CON-GARAGE",
    ),
    ZoneRow("ZD-08", "370303", "柳泉路北", "Liuquan Road North", "II", (0, 1), 104, _NORTH),
    ZoneRow(
        "ZD-09", "370303", "体育场", "Stadium", "II", (1, 1), 76, _NORTH, _lot("体育场停车场", "Stadium car park", 66)
    ),
    ZoneRow("ZD-10", "370303", "金晶大道", "Jinjing Avenue", "II", (2, -1), 98, _STATION),
    ZoneRow("ZD-11", "370303", "西五路", "Xiwu Road", "II", (-2, 0), 94, _CORE),
    # One kerb here was never approved: it may not be charged.
    ZoneRow("ZD-12", "370303", "西四路", "Xisi Road", "II", (-1, 1), 92, _NORTH, unapproved_segments=1),
    ZoneRow("ZD-13", "370303", "理工大学", "University of Technology", "II", (-2, 1), 88, _NORTH),
    ZoneRow("ZD-14", "370303", "昌国路", "Changguo Road", "III", (0, -2), 86, _SOUTH),
    ZoneRow(
        "ZD-15",
        "370303",
        "洪沟路",
        "Honggou Road",
        "III",
        (1, -2),
        78,
        _SOUTH,
        _lot("建材城停车场", "Building market car park", 54),
    ),
    ZoneRow("ZD-16", "370303", "世纪路", "Shiji Road", "III", (-2, -1), 90, _STATION),
    ZoneRow("LZ-01", "370305", "临淄大道", "Linzi Avenue", "I", (0, 0), 110, _TOWN, (), "PD-LINZI", "CON-LINZI"),
    ZoneRow("LZ-02", "370305", "齐都路", "Qidu Road", "I", (1, 0), 96, _TOWN, (), "PD-LINZI", "CON-LINZI"),
    ZoneRow("LZ-03", "370305", "稷下街", "Jixia Street", "II", (0, 1), 88, _TOWN, (), "PD-LINZI", "CON-LINZI"),
    ZoneRow("ZC-01", "370302", "般阳路", "Banyang Road", "II", (0, 0), 92, _TOWN),
    ZoneRow("ZC-02", "370302", "松龄路", "Songling Road", "III", (1, 0), 70, _TOWN),
    ZoneRow("BS-01", "370304", "中心路", "Boshan Zhongxin Road", "II", (0, 0), 86, _TOWN),
    ZoneRow(
        "BS-02",
        "370304",
        "颜神古镇",
        "Yanshen Old Town",
        "II",
        (1, 0),
        40,
        _TOWN,
        _lot("古镇停车场", "Old Town car park", 60),
        "PD-MARKET",
    ),
    ZoneRow(
        "CN-01",
        "370306",
        "周村古商城",
        "Zhoucun Old Market",
        "II",
        (0, 0),
        48,
        _TOWN,
        _lot("古商城停车场", "Old Market car park", 70),
        "PD-MARKET",
    ),
    ZoneRow("CN-02", "370306", "丝绸路", "Sichou Road", "III", (1, 0), 74, _TOWN),
    ZoneRow("HT-01", "370321", "索镇", "Suozhen", "III", (0, 0), 90, _TOWN),
    ZoneRow("GQ-01", "370322", "黄河路", "Huanghe Road", "III", (0, 0), 72, _TOWN),
    ZoneRow("YY-01", "370323", "历山路", "Lishan Road", "III", (0, 0), 76, _TOWN),
    ZoneRow(
        "GX-01",
        "ZB-GX",
        "火炬广场",
        "Torch Plaza",
        "II",
        (0, 0),
        54,
        _TOWN,
        _lot("火炬广场停车场", "Torch Plaza car park", 58),
    ),
    ZoneRow("GX-02", "ZB-GX", "鲁泰文化路", "Lutai Wenhua Road", "III", (1, 0), 82, _TOWN),
    ZoneRow("JK-01", "ZB-JK", "经开大厦", "Development Zone Tower", "III", (0, 0), 64, _TOWN),
    # No price document covers this zone: it may not be charged.
    ZoneRow(
        "WC-01",
        "ZB-WCH",
        "文昌湖岸",
        "Wenchang Lakeside",
        "III",
        (0, 0),
        26,
        _TOWN,
        _lot("湖岸停车场", "Lakeside car park", 44),
        None,
    ),
)
