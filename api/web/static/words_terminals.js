// The words of the page of payment machines.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    title: "自助终端", terminals: "终端", register: "登记", registerNew: "登记一台终端", registerWhy: "登记后显示它的密钥，只显示一次。", zonesOfTerminal: "收费片区编号，用逗号分隔", located: "安装位置",
    health_ok: "正常", health_attention: "需补料", health_faulty: "故障", health_silent: "失联", health_never_heard: "从未上线", health_revoked: "已停用",
    heardAt: "最近心跳", faults: "故障", noFaults: "无", stock: "余量", untold: "未上报", version: "程序版本", zones: "片区", registeredAt: "登记时间", revokedAt: "停用时间", clockOff: "时钟偏差 {n} 秒",
    stock_paper: "纸", stock_coins: "硬币", stock_notes: "纸币", fault_printer_jam: "打印机卡纸", fault_coin_jam: "投币口卡币", fault_door_open: "机门打开", fault_card_reader: "读卡器",
    rotate: "换新密钥", rotateWhy: "旧密钥在重叠时间内继续有效，离线的终端上线后换用新的。", overlap: "重叠小时数", revokeTerminal: "停用", revokeTerminalWhy: "此后它签名的内容一律不收；已收的仍在账上。",
    keyOf: "{terminal} 的密钥", keyOnce: "只显示这一次，请立即写入终端。", key: "密钥编号", secret: "密钥", keyWritten: "已写入",
    refused_terminal_exists: "已有同名终端。", refused_terminal_unknown: "没有这台终端。", refused_terminal_revoked: "这台终端已停用。", refused_terminal_forbidden: "不是贵公司的终端。", refused_terminal_invalid: "终端的内容不对。", refused_zone_elsewhere: "片区不在这个行政区。", refused_secret_missing: "系统没有设置密钥，见 parking doctor。",
  },
  en: {
    title: "Terminals", terminals: "Terminals", register: "Register", registerNew: "Register a terminal", registerWhy: "Its key is shown afterwards, once.", zonesOfTerminal: "Ids of the zones where it takes money, separated by commas", located: "Where it stands",
    health_ok: "Well", health_attention: "Running low", health_faulty: "Faulty", health_silent: "Silent", health_never_heard: "Never heard", health_revoked: "Revoked",
    heardAt: "Last heard", faults: "Faults", noFaults: "none", stock: "Stock", untold: "not told", version: "Program", zones: "Zones", registeredAt: "Registered", revokedAt: "Revoked", clockOff: "Clock off by {n} s",
    stock_paper: "Paper", stock_coins: "Coins", stock_notes: "Notes", fault_printer_jam: "Printer jam", fault_coin_jam: "Coin jam", fault_door_open: "Door open", fault_card_reader: "Card reader",
    rotate: "New key", rotateWhy: "The key before goes on for the hours of the overlap, until an offline terminal has returned and changed.", overlap: "Hours of overlap", revokeTerminal: "Revoke", revokeTerminalWhy: "Nothing that it signs is taken from now on; what it had taken stays in the books.",
    keyOf: "Key of {terminal}", keyOnce: "It is shown this once: write it into the machine now.", key: "Key", secret: "Secret", keyWritten: "It is written down",
    refused_terminal_exists: "There is a terminal of this id.", refused_terminal_unknown: "There is no such terminal.", refused_terminal_revoked: "This terminal is revoked.", refused_terminal_forbidden: "This machine is not your company's.", refused_terminal_invalid: "Something about the terminal is not right.", refused_zone_elsewhere: "The zone is not in this district.", refused_secret_missing: "The installation has no secret key; see parking doctor.",
  },
});
