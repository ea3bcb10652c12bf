// The words of policies by which prices are reviewed.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    policies: "测算政策", version: "版本", reason: "原因", followsCity: "适用全市政策", versionInForce: "第 {n} 版现行", usualPolicy: "默认政策", policyIsWaiting: "有一版待批准",
    policy_method: "方法", choice_optimizer: "优化（不优于规则时用规则）", policy_rule: "规则", choice_rule: "只用规则", choice_bands: "分档", policy_bands: "分档（占用率 %: 档数）", choice_proportional: "按比例",
    policy_target_low: "目标占用率下限（%）", policy_target_high: "目标占用率上限（%）", policy_floor: "最低价（元/小时）", policy_cap: "最高价（元/小时）", policy_tick: "最小价位（元/小时）",
    policy_step_up: "单次最多上调（元/小时）", policy_step_down: "单次最多下调（元/小时）", policy_revenue_share: "收入不低于现价的（%）", policy_revenue_floor: "收入下限（元/期）", policy_max_distinct_prices: "最多几种价格",
    policy_neighbour_m: "相邻指多少米以内", policy_neighbour_max_difference: "相邻最大价差（元/小时）", policy_order: "区域等级次序（由贵到便宜）", policy_affordability_caps: "可负担上限（片区: 元/小时）", policy_frozen: "冻结片区",
    policy_stagger: "抽签错期调价", choice_none: "不抽签", choice_halves: "一半等到下期", choice_thirds: "三分之一等到下期", policy_stagger_seed: "抽签种子",
    policy_notice_working_days: "公示工作日（法定更长时从其规定）", policy_review_weeks: "几周测算一次", policy_reversal_margin: "偏离目标多少才回调（%）", policy_proportional_full: "偏离多少用足调幅（%）",
    bandShown: "低于 {below} %：{ticks} 档", bandAbove: "其余：{ticks} 档", wholeSteps: "高于目标上调、低于目标下调一整步", notSaid: "其余不另设：价格上下限和最小价位从价格文件，调幅以分档最大者为限。",
    changePolicy: "修改政策", changePolicyWhy: "空着的项目从价格文件，或不限。先试算：以今天的价格检查各项限制能否同时满足。提交后须由另一人批准，此后每次测算都适用。分档写作“占用率: 档数”，用逗号分开。",
    tryPolicy: "试算", putPolicy: "提交", tried: "以今天的价格试算", triedMoves: "{m} 处价格中 {n} 处会变动，各项限制可以同时满足。", triedSkipped: "另有 {n} 处数据不足，不能判断限制是否成立。",
    policyWaits: "第 {n} 版待批准（{who} 提交）", policyKey: "项目", inForce: "现行", wouldBe: "拟改为", "approve-policy": "批准政策", approvePolicyWhy: "批准后即时生效，此后的每次测算都适用；已有的建议仍按原政策。",
    endPolicy: "改为适用全市政策", followsAgain: "改为适用全市政策",
    refused_number_unread: "请填写数字。", refused_bands_unread: "分档请写作“30: -2, 60: -1, 80: 0, 900: +1”。", refused_caps_unread: "上限请写作“片区: 3.00”，用逗号分开。", refused_reason_missing: "请填写原因。",
  },
  en: {
    policies: "Review policies", version: "Version", reason: "Reason", followsCity: "follows the city's", versionInForce: "version {n} in force", usualPolicy: "the default", policyIsWaiting: "a version waits",
    policy_method: "Method", choice_optimizer: "optimizer (the rule where it is no better)", policy_rule: "Rule", choice_rule: "the rule alone", choice_bands: "bands", policy_bands: "Bands (occupancy %: ticks)", choice_proportional: "proportional",
    policy_target_low: "Target occupancy from (%)", policy_target_high: "Target occupancy to (%)", policy_floor: "Lowest price (an hour)", policy_cap: "Highest price (an hour)", policy_tick: "Price tick (an hour)",
    policy_step_up: "Most a price rises at once", policy_step_down: "Most a price falls at once", policy_revenue_share: "Revenue at least (% of now)", policy_revenue_floor: "Revenue at least (a period)", policy_max_distinct_prices: "Distinct prices at most",
    policy_neighbour_m: "Neighbours are closer than (m)", policy_neighbour_max_difference: "Most between neighbours (an hour)", policy_order: "Area classes, dearest first", policy_affordability_caps: "Affordability caps (zone: price an hour)", policy_frozen: "Frozen zones",
    policy_stagger: "Moves staggered by lot", choice_none: "none", choice_halves: "half wait for the next review", choice_thirds: "a third waits for the next review", policy_stagger_seed: "Seed of the lottery",
    policy_notice_working_days: "Working days of notice (the law's where longer)", policy_review_weeks: "Weeks between reviews", policy_reversal_margin: "A price goes back from so far outside (%)", policy_proportional_full: "Whole step from so far outside (%)",
    bandShown: "below {below} %: {ticks} ticks", bandAbove: "else {ticks} ticks", wholeSteps: "a whole step above the target and below it", notSaid: "Nothing else is said: the price documents give lowest and highest price and tick, the widest band the step.",
    changePolicy: "Change the policy", changePolicyWhy: "What is left empty the price documents say, or nobody. Try it first: whether all limits can hold together with today's prices. Another person approves it, and every review follows it from then on. Bands are written “occupancy: ticks”, with commas between.",
    tryPolicy: "Try it", putPolicy: "Put it forward", tried: "With today's prices", triedMoves: "{n} of {m} {m|price|prices} would move; all limits can hold together.", triedSkipped: "Of {n} more too little is known to say whether the limits hold.",
    policyWaits: "Version {n} waits ({who} put it forward)", policyKey: "Key", inForce: "In force", wouldBe: "Would be", "approve-policy": "Approve the policy", approvePolicyWhy: "It holds at once for every review to come; proposals that are made keep theirs.",
    endPolicy: "Follow the city's again", followsAgain: "follows the city's again",
    refused_number_unread: "Write a number.", refused_bands_unread: "Write bands as “30: -2, 60: -1, 80: 0, 900: +1”.", refused_caps_unread: "Write caps as “zone: 3.00”, with commas between.", refused_reason_missing: "Say why.",
  },
});
