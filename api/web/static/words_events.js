// The words of announced events.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    events: "已公布的活动", noEvents: "还没有公布任何活动。", event_present: "进行中", event_coming: "即将到来", event_past: "已结束", wholeCity: "全市", zonesCounted: "{n} 个片区",
    eventDays: "日期", eventZones: "范围", announcedBy: "公布人", announcedAt: "公布时间", eventLearnt: "预测以这些日子推断以后同名活动的日子。",
    eventLooksBack: "预测参照此前 26 周内同名活动的 {n} 天。", eventWithoutEarlier: "此前 26 周内没有同名活动的日子，预测对这些日子给不出数字。请把过去的同名活动也公布一下。",
    announceEvent: "公布活动", announceWhy: "会吸引或减少车辆的日子：集市、比赛、灯会。相关片区的预测几分钟内重做，这些日子参照此前同名活动的日子，而不是平常日子；因此名称要一致，过去的活动也要公布。",
    eventName: "名称", eventFirst: "第一天", eventLast: "最后一天", zonesOrCity: "片区编号（空着为全市）", zonesOfEvent: "片区编号", announce: "公布",
    withdrawEvent: "撤回这项活动……", withdrawEventWhy: "撤回后，它的日子重新按平常日子预测，以后的同名活动也不再参照这些日子。", "withdraw-event": "确认撤回“{name}”",
    refused_event_days_invalid: "最后一天不能早于第一天，一项活动最多 60 天。", refused_event_unknown: "没有这项活动，可能已被别人撤回。",
  },
  en: {
    events: "Announced events", noEvents: "No event is announced yet.", event_present: "Today", event_coming: "Coming", event_past: "Over", wholeCity: "the whole city", zonesCounted: "{n} {n|zone|zones}",
    eventDays: "Days", eventZones: "Where", announcedBy: "Announced by", announcedAt: "Announced", eventLearnt: "From these days forecasts learn what later days of the same name are like.",
    eventLooksBack: "Forecasts look back at {n} earlier {n|day|days} of this name in the last 26 weeks.", eventWithoutEarlier: "No day of this name is announced in the last 26 weeks, so forecasts have no numbers for these days. Announce the past ones as well.",
    announceEvent: "Announce an event", announceWhy: "Days that draw people or keep them away: a market, a match, a festival. Forecasts of its zones are made anew within minutes, and these days look back at earlier days of the same name in place of ordinary ones. So names have to be the same, and past events are announced too.",
    eventName: "Name", eventFirst: "First day", eventLast: "Last day", zonesOrCity: "Ids of zones (empty: the whole city)", zonesOfEvent: "Ids of zones", announce: "Announce",
    withdrawEvent: "Withdraw this event…", withdrawEventWhy: "Its days are forecast as ordinary ones again, and later events of the name no longer look back at them.", "withdraw-event": "Yes, withdraw “{name}”",
    refused_event_days_invalid: "The last day is not before the first one, and an event has at most 60 days.", refused_event_unknown: "There is no such event; somebody may have withdrawn it.",
  },
});
