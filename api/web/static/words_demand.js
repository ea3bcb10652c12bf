// The words of what is known of the response to prices, and of lotteries.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    estimateHead: "价格在本市起什么作用", elasticityIs: "价格响应（弹性）：价格上涨 1%，停车需求变化百分之几；区间含所信的八成。", believedPrior: "先验值", nearbyResponse: "对邻近区域价格的响应", lotteriesHeld: "已举行的随机错期",
    estimatedAt: "估计于", placeboTest: "安慰剂检验", preTrendTest: "事前趋势检验", passed: "通过", failed: "未通过", notMade: "无法检验", placeboFound: "从未举行的抽签中误报 {found}，至多 {limit}", preTrendFound: "调价之前偶然有此差异的概率 {found}，至少 {limit}",
    classHead: "区域等级", elasticity80: "价格响应（80% 区间）", movesMeasured: "已测调价",
    lotteryHeld: "随机错期：抽签决定 {now} 个区域现在调价，{waiting} 个区域等到下次评估（种子 {seed}）。两组对照才能看出价格本身的作用。人工定的价格不参加抽签，立即生效。",
    lotteryCalledOff: "未举行抽签：若这些区域维持现价，限制无法同时满足，因此全部现在调价。",
  },
  en: {
    estimateHead: "What prices do in this city", elasticityIs: "Response to price (elasticity): by how many per cent demand changes when a price rises by 1 %; intervals hold 80 % of what is believed.", believedPrior: "Prior", nearbyResponse: "Response to the prices nearby", lotteriesHeld: "Lotteries held",
    estimatedAt: "Estimated", placeboTest: "Placebo test", preTrendTest: "Pre-trend test", passed: "passed", failed: "failed", notMade: "could not be made", placeboFound: "false alarms in lotteries that were never held {found}, at most {limit}", preTrendFound: "probability of such a difference before the prices moved {found}, at least {limit}",
    classHead: "Area class", elasticity80: "Response to price (80 %)", movesMeasured: "Moves measured",
    lotteryHeld: "By lot, {now} {now|zone moves|zones move} now and {waiting} {waiting|waits|wait} for the next review (seed {seed}). Only beside each other they show what the price itself does. Prices set by hand are in no lottery and take effect at once.",
    lotteryCalledOff: "No lottery was held: the limits leave these zones no room to wait, so all move now.",
  },
});
