// The words of proposals: edits of single prices, the comparison with the rules, what came of it.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    newPrice: "新单价（元）", freezeCell: "维持现价", giveBack: "交还系统", isFrozen: "人工冻结", isEdited: "人工改价", byRule: "规则：",
    unsaved: "以下为修改后的效果，尚未保存。人工定的价格不动，其余价格已随之重新求解。", edits: "保存修改", edit: "保存修改", editsWhy: "保存后形成新的版本，并由你作为经办人；须由另一人批准。", discard: "放弃修改",
    explained: "报告：地图、图表与逐项理由", revisions: "版本", revisionOf: "第 {n} 版", editsOf: "{n} 处人工定价", bySchedule: "系统定时",
    compared: "与其他做法比较", comparedWhy: "各做法的调幅和限制相同；区间含对价格响应看法的八成。", pricesOf: "价格来自", proposedHere: "本建议", movesShort: "变动", inBand: "处于目标区间", crowded: "九成以上满位时间", revenue: "收入（测算期）",
    outlook_now: "维持现价", outlook_rule: "规则", outlook_bands: "分档规则（同调幅）", outlook_proportional: "比例规则（同调幅）", outlook_optimizer: "优化",
    because_asked: "按要求采用规则。", because_better: "优化结果预计优于各规则。", because_limit_binds: "有限制牵连多处价格，规则自身无法满足，由优化求解。", because_not_better: "优化结果并不更好，采用规则价格。", because_solver_gave_up: "优化未能按时求得结果，采用规则价格。", because_taken_back: "恢复此前的价格。",
    method: "方法", rule: "规则", optimizer: "优化", go_back: "恢复原价",
    effectHead: "发布后的效果", noEffectYet: "新价格下还没有测得完整的一小时。", stillMeasuring: "测量中", response: "价格响应（弹性，90% 区间）", goBack: "恢复原价", goBackWhy: "生成一份恢复原价的建议，仍须由另一人批准后发布。",
    verdict_too_early: "尚早", verdict_as_expected: "符合预期", verdict_no_detectable_response: "检测不到响应", verdict_oscillating: "价格来回波动", verdict_worse: "情况变差",
    "proposal.edited": "修改建议", "proposal.taken_back": "提出恢复原价",
    refused_proposal_without_report: "这份建议没有经过求解，没有报告。", refused_edit_beyond_limit: "超出限制（{limit}）：允许 {lowest} 至 {highest} 分。", refused_policy_infeasible: "这样修改后，其余价格无法同时满足各项限制。", refused_cell_unknown: "建议中没有这个价格。", refused_cell_edited_twice: "同一价格只能改一次。", refused_rule_unknown: "收费标准中没有这一行，请重新测算。", refused_price_does_not_divide: "按小时计的价格无法折算成整分的单价。", refused_proposal_unknown: "没有这份建议。", refused_proposal_state: "这份建议已到下一步，请重新查看。", refused_proposal_changed: "建议已被修改，请重新查看。", refused_proposal_outdated: "现行价格已由别的版本取代，请重新测算。", refused_proposal_not_editable: "这份建议不能修改，请重新测算。", refused_proposal_taken: "这份建议已由别人经办。", refused_nothing_to_propose: "没有可以判断的价格。", refused_nothing_moves: "没有价格变动。", refused_effective_in_past: "生效时间已过。", refused_notice_too_short: "公示期不足，最早可自 {earliest} 起。",
  },
  en: {
    newPrice: "New unit price", freezeCell: "Keep as it is", giveBack: "Give it back", isFrozen: "frozen by hand", isEdited: "set by hand", byRule: "Rule:",
    unsaved: "This is what the edits do; nothing is saved yet. Prices set by hand stay, all others are solved around them.", edits: "Save the edits", edit: "Save the edits", editsWhy: "They become a further revision, and you answer for it; another person approves.", discard: "Discard the edits",
    explained: "Report: maps, plots and every reason", revisions: "Revisions", revisionOf: "Revision {n}", editsOf: "prices set by hand: {n}", bySchedule: "the schedule",
    compared: "Beside other ways", comparedWhy: "All have the same steps and limits; intervals hold 80 % of what is believed of the response.", pricesOf: "Prices of", proposedHere: "proposed here", movesShort: "Moves", inBand: "In the target band", crowded: "Time at or above 90 %", revenue: "Revenue of the period",
    outlook_now: "now", outlook_rule: "the rule", outlook_bands: "bands, same steps", outlook_proportional: "proportional, same steps", outlook_optimizer: "the optimizer",
    because_asked: "The rule was asked for.", because_better: "The optimizer's prices are expected to be better than every rule's.", because_limit_binds: "A limit joins several prices and the rule cannot keep it by itself, so the optimizer's stand.", because_not_better: "The optimizer has nothing better, so the rule's prices stand.", because_solver_gave_up: "The optimizer found nothing in its time, so the rule's prices stand.", because_taken_back: "The prices of before.",
    method: "Method", rule: "rule", optimizer: "optimizer", go_back: "going back",
    effectHead: "What came of it", noEffectYet: "No whole hour has been measured under the new prices.", stillMeasuring: "still measuring", response: "Response to price (elasticity, 90 %)", goBack: "Go back", goBackWhy: "Proposes the former prices; another person approves before they are published.",
    verdict_too_early: "Too early", verdict_as_expected: "As expected", verdict_no_detectable_response: "No detectable response", verdict_oscillating: "Oscillating", verdict_worse: "Worse",
    "proposal.edited": "Edited a proposal", "proposal.taken_back": "Proposed to go back",
    refused_proposal_without_report: "Nothing was solved for this proposal, so it has no report.", refused_edit_beyond_limit: "Beyond a limit ({limit}): {lowest} to {highest} minor units are allowed.", refused_policy_infeasible: "With this edit the other prices cannot keep all limits.", refused_cell_unknown: "The proposal has no such price.", refused_cell_edited_twice: "A price is edited once.", refused_rule_unknown: "The tariff has no such line; review the prices anew.", refused_price_does_not_divide: "A price an hour does not come out even for this unit.", refused_proposal_unknown: "There is no such proposal.", refused_proposal_state: "The proposal has moved on; look at it again.", refused_proposal_changed: "It was edited meanwhile; look at it again.", refused_proposal_outdated: "Other prices are in force by now; review them anew.", refused_proposal_not_editable: "This proposal cannot be edited; review the prices anew.", refused_proposal_taken: "Another person prepares this proposal.", refused_nothing_to_propose: "No price can be judged.", refused_nothing_moves: "No price moves.", refused_effective_in_past: "That time has passed.", refused_notice_too_short: "The notice is too short; the earliest is {earliest}.",
  },
});
