// Every word of the map page in both languages, and the choice between them; the other pages add theirs (`words_*.js`).

const WORDS = {
  zh: {
    title: "停车泊位", skip: "跳到路段列表", search: "搜索片区、路段或行政区", filterByUse: "按泊位用途筛选", sortBy: "排序",
    comma: "、", byDistance: "由近到远", byVacancy: "空位最多", legend: "图例", map: "地图", language: "English",
    languageLabel: "Switch to English", live: "实时", connecting: "连接中", lost: "已断开", vacant: "空闲", occupied: "占用",
    unknown: "未知", restricted: "禁停", stale: "已过期", free: "空闲", vacantOf: "个空闲，共 {n} 个泊位",
    nothing: "没有符合条件的片区。", noZones: "还没有任何片区。请先导入泊位数据：parking city import",
    ordinary: "普通", accessible: "无障碍", charging: "充电", loading: "装卸货", allUses: "全部",
    kerb: "路内", lot: "停车场", garage: "停车楼", areaClass: "{c} 类区域", back: "返回",
    unknownShort: "未知 {n}", staleShort: "数据已过期", staleSince: "数据已过期（自 {time} 起）", staleZones: "{n} 个片区的数据已过期，自 {time} 起未更新。",
    staleAll: "数据已过期：自 {time} 起没有收到更新，显示的不是当前情况。恢复后会自动更新。",
    lostSince: "连接已断开：数据已过期，停留在 {time}。正在自动重连……", loadFailed: "暂时无法读取数据，正在重试……",
    now: "刚刚", secondsAgo: "{n} 秒前", minutesAgo: "{n} 分钟前", hoursAgo: "{n} 小时前", daysAgo: "{n} 天前", never: "从未收到",
    updated: "数据时间", since: "此状态自", confidence: "置信度", use: "用途", kind: "类型", zone: "片区", segment: "路段",
    facility: "场库", spaces: "泊位", byUse: "按用途", freeOf: "{a} / {b} 空闲", lastKnown: "最后已知：{status}（{age}）",
    never_heard: "尚未收到该泊位设备的任何消息", silent: "设备已静默过久", device_fault: "设备报告故障", device_faulty: "设备已判定故障，其读数暂不采信", device_uncertain: "设备自己也不能确定", out_of_service: "该泊位暂停使用", street_cleaning: "道路清扫，暂停使用，不计费",
    contradictory: "两种证据互相矛盾，暂不能确定", unexplained: "原因未知", whyUnknown: "{n} 个状态未知", estimated: "估计其中约 {n} 个空闲（估计值，未计入空闲数）", estimatedBetween: "估计其中约 {n} 个空闲，多半在 {low} 到 {high} 之间（估计值，未计入空闲数）",
    restrictedOccupied: "其中 {n} 个被占用", showOnMap: "在地图上显示",
    zoneLabel: "{name}：{vacant} 个空闲，共 {capacity} 个，{unknown} 个未知", zoneStaleLabel: "{name}：数据已过期",
    mapless: "地图组件尚未安装，列表照常可用。安装命令：python -m api.web.vendor，然后重新启动服务。", mapFailed: "此浏览器无法显示地图（WebGL 不可用），列表照常可用。",
    priceNow: "当前价格", priceNext: "新价格生效", closedUntil: "禁停至", perUnit: "{yuan}/{n} 分钟", perUse: "{yuan}/次", freeNow: "免费", noPrice: "不收费",
    locate: "定位到我", zoomIn: "放大", zoomOut: "缩小", loadingSpaces: "正在读取……",
    arrivalIn: "何时到达", in30: "30 分钟后", in60: "1 小时后", in120: "2 小时后", in240: "4 小时后", in1440: "明天此时", chanceFree: "到达时有空位的可能", occupancyThen: "预计占用",
    between: "{p}%（多半 {low}–{high}%）", openThen: "届时开放泊位", priceThen: "届时价格", eventThen: "已公布的活动", arrivalClosed: "届时全部泊位禁停", noForecast: "暂时无法预测：{why}", forecastAway: "暂时读不到预测。",
    no_history: "还没有历史数据", too_little_history: "历史数据太少", forecast_outdated: "预测已过期", event_without_history: "没有同类活动的历史数据", never_counted: "这里还没有传感器数据，也没有人工清点过", survey_too_small: "这里还没有传感器数据，人工清点也太少", not_charged_then: "届时不收费，无从由缴费估计", fromPayments: "由缴费估计（这里还没有传感器数据）", withoutPresent: "未参考当前情况（当前情况未知）", expand: "展开列表", collapse: "收起列表",
  },
  en: {
    title: "Parking", skip: "Skip to the list of zones", search: "Search zones, streets, districts", filterByUse: "Filter by use of the space", sortBy: "Sort",
    comma: ", ", byDistance: "Nearest", byVacancy: "Most vacant", legend: "Legend", map: "Map", language: "中文",
    languageLabel: "切换到中文", live: "Live", connecting: "Connecting", lost: "Disconnected", vacant: "Vacant", occupied: "Occupied",
    unknown: "Unknown", restricted: "Restricted", stale: "Stale", free: "Vacant", vacantOf: "vacant of {n} spaces",
    nothing: "No zone matches.", noZones: "There are no zones yet. Import an inventory: parking city import",
    ordinary: "Ordinary", accessible: "Accessible", charging: "Charging", loading: "Loading", allUses: "All",
    kerb: "Kerb", lot: "Lot", garage: "Garage", areaClass: "Class {c}", back: "Back",
    unknownShort: "{n} unknown", staleShort: "Stale", staleSince: "Stale since {time}", staleZones: "{n} {n|zone has|zones have} stale numbers: nothing new since {time}.",
    staleAll: "Stale since {time}: no updates arrive and what is shown is not the present. It comes back by itself.",
    lostSince: "Connection lost: stale since {time}. Reconnecting…", loadFailed: "The data cannot be read at the moment; trying again…",
    now: "just now", secondsAgo: "{n} s ago", minutesAgo: "{n} min ago", hoursAgo: "{n} h ago", daysAgo: "{n} d ago", never: "never heard",
    updated: "Observed", since: "In this state since", confidence: "Confidence", use: "Use", kind: "Kind", zone: "Zone", segment: "Segment",
    facility: "Facility", spaces: "Spaces", byUse: "By use", freeOf: "{a} / {b} vacant", lastKnown: "Last known: {status} ({age})",
    never_heard: "No message from its device yet", silent: "Its device has been silent too long", device_fault: "Its device reports a fault", device_faulty: "Its device is declared faulty; its word does not count", device_uncertain: "Its device is not certain", out_of_service: "The space is out of service", street_cleaning: "Closed for street cleaning; nothing is charged",
    contradictory: "Two kinds of evidence contradict each other", unexplained: "Nobody knows why", whyUnknown: "{n} unknown", estimated: "About {n} of them are probably vacant (an estimate, not counted as vacant)", estimatedBetween: "About {n} of them are probably vacant, most likely {low} to {high} (an estimate, not counted as vacant)",
    restrictedOccupied: "{n} of them occupied", showOnMap: "Show on the map",
    zoneLabel: "{name}: {vacant} vacant of {capacity}, {unknown} unknown", zoneStaleLabel: "{name}: stale",
    mapless: "The map library is not installed; the list works without it. To get the map: python -m api.web.vendor, then start the service again.", mapFailed: "This browser cannot draw the map (no WebGL); the list works without it.",
    priceNow: "Price now", priceNext: "Next prices from", closedUntil: "Closed until", perUnit: "{yuan} / {n} min", perUse: "{yuan} a use", freeNow: "Free", noPrice: "No charge",
    locate: "Find my location", zoomIn: "Zoom in", zoomOut: "Zoom out", loadingSpaces: "Loading…",
    arrivalIn: "When you arrive", in30: "in 30 minutes", in60: "in 1 hour", in120: "in 2 hours", in240: "in 4 hours", in1440: "tomorrow at this time", chanceFree: "Chance of a free space", occupancyThen: "Expected occupancy",
    between: "{p} % (most likely {low}–{high} %)", openThen: "Spaces open then", priceThen: "Price then", eventThen: "Announced event", arrivalClosed: "All spaces are closed then", noForecast: "No forecast: {why}", forecastAway: "The forecast cannot be read at the moment.",
    no_history: "there is no history yet", too_little_history: "there is too little history", forecast_outdated: "the forecast is out of date", event_without_history: "no such event was counted before", never_counted: "no sensors tell of it yet, and nobody has counted", survey_too_small: "no sensors tell of it yet, and persons have counted too little", not_charged_then: "nothing is charged then, so payments tell nothing", fromPayments: "Estimated from payments: no sensors tell of it yet", withoutPresent: "Does not follow the present, which is not known", expand: "Expand the list", collapse: "Collapse the list",
  },
};

const KEPT = "parking.language";
let language = initial();

function initial() {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEPT) ?? navigator.language;
  return asked.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Add the words of another page; its own stand before those of the map. */
export function addWords(words) {
  for (const [tongue, own] of Object.entries(words)) Object.assign(WORDS[tongue], own);
}

/** The language in use, as a BCP 47 tag. */
export const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

/**
 * The sentence of that key with its `{…}` filled in; of a list every part that is a word is said. `{n|day|days}` is the
 * first word where `n` is one and else the second.
 */
export function say(key, values = {}) {
  const sentence = WORDS[language][key] ?? key;
  const told = (value) => (Array.isArray(value) ? value.map((part) => say(part)).join(say("comma")) : value ?? "");
  return sentence.replace(/\{(\w+)(?:\|(.*?)\|(.*?))?\}/g, (_, name, one, several) => (one === undefined ? told(values[name]) : Number(values[name]) === 1 ? one : several));
}

/** The name of a place in the language in use; a place without an English name keeps its own. */
export const nameOf = (place) => (language === "en" && place.name_en ? place.name_en : place.name) || place.id;

/** Change to the other language, remember it, and rewrite the words that stand in the page itself. */
export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem(KEPT, language);
  writePage();
}

/** Fill every element that names its words in `data-text`, `data-placeholder` or `data-label`. */
export function writePage() {
  document.documentElement.lang = locale();
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = say(element.dataset.placeholder);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
}
