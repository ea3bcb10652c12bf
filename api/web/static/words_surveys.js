// The words of counts by persons.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    surveys: "人工清点", noCounts: "还没有人工清点。", ofSpaces: "{m} 个泊位中占用 {n} 个", countedAt: "清点时间", occupiedOf: "占用", toldBy: "填报人", toldAt: "填报时间",
    withdrawCount: "撤回这次清点……", withdrawCountWhy: "撤回后不再用于由缴费估计占用。", "withdraw-count": "确认撤回",
    tellCount: "填报清点", tellCountWhy: "没有传感器的地方，缴费只说明一部分：清点过的地方才由缴费估计占用并作预测。每处至少在两天里清点六个收费小时；一天之后才用得上。", "tell-count": "填报",
    zoneId: "片区编号", kindOfPlace: "泊位类型", spacesSeen: "看过的泊位数", spacesOccupied: "其中占用",
    learntFromCounts: "由缴费估计占用", learnt_never_counted: "还没有从清点中学到什么，所以不作估计。", learnt_survey_too_small: "清点还太少（全市至少两天、24 个小时），所以不作估计。",
    hoursCounted: "已清点", onDays: "{m} 天 {n} 小时", errorOfEstimate: "估计的平均误差", errorOfPaid: "直接用缴费的平均误差", coverageOfEstimate: "80% 区间的实际命中", countedEnough: "已作估计", countedTooLittle: "清点还太少",
    refused_item_invalid: "填写的内容不对。", refused_place_unknown: "该片区没有这种在用泊位。", refused_counted_in_future: "清点时间不能在将来。", refused_counted_too_long_ago: "清点时间太久远，已用不上。",
    refused_occupied_exceeds_spaces: "占用数不能多于看过的泊位数。", refused_spaces_exceed_place: "看过的泊位数多于该处的泊位数。", refused_too_few_spaces: "至少要看过该处三成的泊位。",
    refused_count_differs: "该处在这一时刻已有另一次清点。", refused_count_unknown: "没有这次清点，可能已被别人撤回。",
  },
  en: {
    surveys: "Counts by persons", noCounts: "Nobody has counted yet.", ofSpaces: "{n} of {m} occupied", countedAt: "Counted at", occupiedOf: "Occupied", toldBy: "Told by", toldAt: "Told at",
    withdrawCount: "Withdraw this count…", withdrawCountWhy: "Nothing is learnt of it any more.", "withdraw-count": "Yes, withdraw it",
    tellCount: "Tell a count", tellCountWhy: "Without sensors payments tell only part: a place is estimated from them, and forecast, once it was counted. Six charged hours on two days are the least for each place, and a count is of use a day later.", "tell-count": "Tell",
    zoneId: "Id of the zone", kindOfPlace: "Kind of place", spacesSeen: "Spaces looked at", spacesOccupied: "Of them occupied",
    learntFromCounts: "Occupancy from payments", learnt_never_counted: "Nothing was learnt from counts yet, so nothing is estimated.", learnt_survey_too_small: "Too little was counted (24 hours on two days in the city are the least), so nothing is estimated.",
    hoursCounted: "Counted", onDays: "{n} {n|hour|hours} on {m} {m|day|days}", errorOfEstimate: "Mean error of estimates", errorOfPaid: "Mean error of payments as they are", coverageOfEstimate: "Held by 80 % intervals", countedEnough: "Estimated", countedTooLittle: "Counted too little",
    refused_item_invalid: "What was written is not right.", refused_place_unknown: "The zone has no such spaces in service.", refused_counted_in_future: "A count is of the past.", refused_counted_too_long_ago: "The count is too old to be of use.",
    refused_occupied_exceeds_spaces: "No more can be occupied than was looked at.", refused_spaces_exceed_place: "The place has fewer spaces than that.", refused_too_few_spaces: "At least 30 % of the spaces have to be looked at.",
    refused_count_differs: "The place was counted otherwise at that moment.", refused_count_unknown: "There is no such count; somebody may have withdrawn it.",
  },
});
