// The words of the page of rights.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    title: "停车权益", permits: "许可", reservations: "预约", offers: "错时共享", listings: "限制名单",
    right_holds: "有效", right_coming: "未开始", right_expired: "已到期", right_ended: "已终止", permit_resident: "居民", permit_monthly: "包月", permit_staff: "职工", permit_exempt: "免费车辆",
    plateErased: "车牌已删除", wholeCity: "全市", places: "范围", kindOf: "类别", exempt_class: "免费类别（免费车辆必填）", proof: "凭证（免费车辆必填）", zones: "片区编号，用逗号分隔", facilities: "场库编号，用逗号分隔", by: "经办人", endedAt: "终止时间", add: "新增",
    add_permits: "发放许可", permitsWhy: "片区和场库都不填，则全市有效。计费时自动免收或按许可收。", do_revoke: "收回", revokeWhy: "即刻失效；之前的停放不受影响。",
    spaces: "泊位编号，用逗号分隔", spacesReserved: "泊位", facility: "场库编号（整个场库）", add_reservations: "新增预约", reservationsWhy: "同一泊位同一时间只能预约一次；共享泊位只在共享时段内。", do_cancel: "取消预约", cancelWhy: "泊位即刻放出。",
    space: "泊位编号", holder: "谁提供（单位、小区）", hours: "每周时段", days: "星期", everyDay: "每天", workdays: "工作日", weekends: "周末", fromClock: "从", toClock: "到（次日亦可）", add_offers: "共享泊位", offersWhy: "在每周时段内向公众开放。", do_withdraw: "停止共享", withdrawWhy: "已有的预约保留。",
    authority: "作出决定的机关", legal_basis: "法律依据（法条或决定文号）", reason: "理由", add_listings: "列入限制名单", listingsWhy: "限制今后的许可和预约，不限制停车。", do_lift: "解除", liftWhy: "即刻解除。", plateExample: "鲁C12345",
    refused_right_id_taken: "这个编号已有别的内容。", refused_plate_unreadable: "车牌无法识别。", refused_permit_invalid: "免费车辆须有类别和凭证。", refused_reservation_invalid: "请填写泊位或场库。", refused_spaces_missing: "请填写泊位或场库。", refused_space_reserved: "这段时间已有预约。", refused_space_not_offered: "共享泊位只在共享时段内可预约。", refused_vehicle_listed: "这辆车在限制名单上。", refused_place_unknown: "没有这个片区、泊位或场库。", refused_hours_invalid: "时段不对。", refused_permit_unknown: "没有这张许可。", refused_offer_unknown: "没有这项共享。", refused_listing_unknown: "没有这项限制。", refused_reservation_unknown: "没有这个预约。",
  },
  en: {
    title: "Rights", permits: "Permits", reservations: "Reservations", offers: "Shared hours", listings: "Exclusions",
    right_holds: "Holds", right_coming: "To come", right_expired: "Over", right_ended: "Ended", permit_resident: "Resident", permit_monthly: "Monthly", permit_staff: "Staff", permit_exempt: "Exempt",
    plateErased: "plate erased", wholeCity: "the whole city", places: "Where", kindOf: "Kind", exempt_class: "Exempt class (of kind exempt)", proof: "Document seen (of kind exempt)", zones: "Zone ids, separated by commas", facilities: "Facility ids, separated by commas", by: "By", endedAt: "Ended", add: "Add",
    add_permits: "Grant a permit", permitsWhy: "Without zones and facilities it holds in the whole city. Fees honour it by themselves.", do_revoke: "Revoke", revokeWhy: "It ends now; the stays before keep it.",
    spaces: "Space ids, separated by commas", spacesReserved: "Spaces", facility: "Facility id (a whole one)", add_reservations: "Reserve", reservationsWhy: "No space is reserved twice at one time; a shared one only within its hours.", do_cancel: "Cancel", cancelWhy: "The spaces are free at once.",
    space: "Space id", holder: "Who shares it (an office, an estate)", hours: "Weekly hours", days: "Days", everyDay: "every day", workdays: "Monday to Friday", weekends: "weekends", fromClock: "From", toClock: "To (may be the next day)", add_offers: "Share a space", offersWhy: "It is open to the public in its weekly hours.", do_withdraw: "Share it no longer", withdrawWhy: "Reservations that were made stay.",
    authority: "Authority that decided", legal_basis: "Legal basis (article or number of the decision)", reason: "Reason", add_listings: "Exclude a vehicle", listingsWhy: "From permits and reservations to come; parking stays open to it.", do_lift: "Lift", liftWhy: "It ends now.", plateExample: "鲁C12345",
    refused_right_id_taken: "This id has another content already.", refused_plate_unreadable: "This plate cannot be read.", refused_permit_invalid: "An exempt vehicle needs its class and the document seen.", refused_reservation_invalid: "Name spaces or a facility.", refused_spaces_missing: "Name spaces or a facility.", refused_space_reserved: "It is reserved at that time already.", refused_space_not_offered: "A shared space is reserved within its hours only.", refused_vehicle_listed: "This vehicle is excluded.", refused_place_unknown: "There is no such zone, space or facility.", refused_hours_invalid: "These hours are not right.", refused_permit_unknown: "There is no such permit.", refused_offer_unknown: "There is no such offer.", refused_listing_unknown: "There is no such exclusion.", refused_reservation_unknown: "There is no such reservation.",
  },
});
