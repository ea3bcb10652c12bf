// The words of the money page, beside those that the pages of operators share.

import "./words_operator.js";
import { addWords } from "./words.js";

addWords({
  zh: {
    title: "账务", takings: "当日收款", differences: "差异", concessions: "特许经营", nights: "夜间对账", compare: "手工核对", books: "试算平衡",
    day: "日期", payee: "收款方", method: "支付方式", payments: "笔数", paid: "收款", above_bills: "超出账单", refunds: "退款笔数", refunded: "退款", net: "净额", together: "合计", paidAhead: "预付，尚无账单", noTakings: "当日没有收款或退款。",
    open: "未结", closed: "已结", ageDays: "{n} 天", ageNew: "{to} 天内 {n}", ageOld: "{from}–{to} 天 {n}", ageOlder: "{from} 天以上 {n}", noDifferences: "没有差异。",
    kind_missing_in_ledger: "支付机构有，账上没有", kind_missing_at_provider: "账上有，支付机构没有", kind_provider_amount_differs: "与支付机构金额不符", kind_terminal_total_differs: "与终端自计不符", kind_drawer_differs: "钱箱长短款", kind_stay_unbilled: "停放未出账单", kind_reported_payment_unmatched: "场库收款无对应停放", kind_reported_payment_differs: "场库收款与费用不符", kind_reported_stays_differ: "场库停放数与我方不符",
    saysNothing: "无记录", reference: "对象", byOurBooks: "我方账面", byTheOther: "对方记录", assignTo: "交给", assign: "指派", assignedTo: "经手人", close: "结案", closedBy: "结案", reason: "原因", system: "系统", explained: "已无差异",
    terms: "合同条款", noTerms: "还没有登记合同条款。", noTermsShort: "无条款", fee_share: "服务费比例 %", online_threshold: "最低在线率 %", deduction: "扣款", month: "月份", statement: "月结单", gross: "收款总额", fee: "服务费", due: "应付", payable: "支付", carried_out: "结转",
    onlineRate: "设备在线率", onlineOf: "{rate}（合同最低 {least}，{n} 台）", retrofit: "改造进度", retrofitOf: "{m} 个泊位验收 {n} 个，{rate}", excused: "免责停机", asCsv: "导出 CSV", asSpreadsheet: "导出表格", noBatches: "本月还没有结算日。",
    settle: "结算", settleUntil: "结算至", settleWhy: "每天夜里自动结算；这里补结缺的日子。已结算的不会改变。", setTerms: "登记条款", setTermsWhy: "只能登记还没有条款的日子。", excuse: "登记免责停机", excuseWhy: "这段时间不计入在线率。", start: "开始", end: "结束",
    nightStep: "步骤", cameOfIt: "结果", done: "完成", failed: "未成功", waiting: "待办", step_drawers_and_stays: "钱箱与停放", step_provider_bill: "支付机构账单", step_batches: "特许经营日结", step_facilities: "场库上报", step_open_differences: "复核未结差异",
    triedAgain: "已试 {n} 次，{when} 再试", dueAt: "{when} 办理", noNights: "还没有夜间对账的记录。",
    outcome_differing: "差异 {n}", outcome_gone: "已解释 {n}", outcome_rows: "账单 {n} 行", outcome_batches: "结算 {n} 天", outcome_gross: "收款 {n}", outcome_payable: "支付 {n}", outcome_leaked_stays: "无主停放 {n}", outcome_leaked_amount: "流失估计 {n}",
    provider: "支付机构", statementOf: "上传支付机构对账单", statementForm: "CSV，首行 id,time,amount,kind；金额以分计。有协议的支付机构由系统自动下载。", statementFile: "对账单文件", checkDay: "核对一天", checkDayWhy: "钱箱、停放与账单。已结束的日子每夜自动核对。", days: "核对", terminalTotals: "终端自计", terminal: "终端", totals: "核对", compared: "核对完毕：差异 {n}，已解释 {m}。",
    account: "科目", debit: "借方", credit: "贷方", difference: "差额",
    account_cash: "钱箱现金", account_provider: "支付机构", account_receivable: "应收", account_revenue: "收入", account_refunds: "退款", account_suspense: "待处理", account_safe: "已交现金", account_over_short: "长短款", account_waivers: "减免", account_bad_debts: "坏账", account_balance: "预付余额", account_prepaid: "预付停车费",
    refused_terms_unknown: "这些日子没有合同条款。", refused_terms_overlap: "这些日子已有条款。", refused_terms_span_invalid: "失效须晚于生效。", refused_day_not_over: "这一天还没有结束。", refused_outage_invalid: "结束须晚于开始。", refused_outage_contradicts: "这次停机已按别的时间登记。", refused_difference_closed: "这项差异已结案。", refused_difference_unknown: "没有这项差异。",
    refused_statement_unreadable: "对账单无法读取：{detail}", refused_statement_too_long: "对账单太长。", refused_statement_contradicts: "与先前的对账单矛盾。", refused_concession_forbidden: "不是你的特许经营。", refused_concession_unknown: "没有这项特许经营。",
    refused_provider_unavailable: "支付机构没有应答。", refused_provider_refused: "支付机构拒绝。", refused_provider_answer_invalid: "支付机构的应答不可信。", refused_provider_unknown: "没有与该支付机构的协议。",
  },
  en: {
    title: "Money", takings: "Takings", differences: "Differences", concessions: "Concessions", nights: "Nights", compare: "Compare by hand", books: "Trial balance",
    day: "Day", payee: "Payee", method: "Way of paying", payments: "Payments", paid: "Taken", above_bills: "Above bills", refunds: "Refunds", refunded: "Given back", net: "Net", together: "Together", paidAhead: "Paid ahead, no bill yet", noTakings: "Nothing was taken or given back on this day.",
    open: "Open", closed: "Closed", ageDays: "{n} d", ageNew: "up to {to} d: {n}", ageOld: "{from}–{to} d: {n}", ageOlder: "{from} d and more: {n}", noDifferences: "There are no differences.",
    kind_missing_in_ledger: "At the provider, not in our books", kind_missing_at_provider: "In our books, not at the provider", kind_provider_amount_differs: "Other amount at the provider", kind_terminal_total_differs: "Other total at the terminal", kind_drawer_differs: "Drawer short or over", kind_stay_unbilled: "Stay without a bill", kind_reported_payment_unmatched: "Facility's payment without a stay", kind_reported_payment_differs: "Facility's payment differs", kind_reported_stays_differ: "Facility counts other stays",
    saysNothing: "nothing", reference: "About", byOurBooks: "By our books", byTheOther: "By the other", assignTo: "Give it to", assign: "Assign", assignedTo: "Looks into it", close: "Close", closedBy: "Closed by", reason: "Reason", system: "the system", explained: "No longer differs",
    terms: "Contract terms", noTerms: "No terms are set yet.", noTermsShort: "no terms", fee_share: "Fee share %", online_threshold: "Least online %", deduction: "Deduction", month: "Month", statement: "Statement", gross: "Gross", fee: "Fee", due: "Due", payable: "Payable", carried_out: "Carried over",
    onlineRate: "Devices online", onlineOf: "{rate} (at least {least}, devices: {n})", retrofit: "Retrofit", retrofitOf: "{n} of {m} {m|space|spaces} accepted, {rate}", excused: "Excused outage", asCsv: "CSV", asSpreadsheet: "Spreadsheet", noBatches: "No day of this month is settled yet.",
    settle: "Settle", settleUntil: "Settle until", settleWhy: "Days settle themselves every night; here the missing ones are made. What is settled never changes.", setTerms: "Set terms", setTermsWhy: "For days that have none yet.", excuse: "Excuse an outage", excuseWhy: "Its time counts in neither part of the online rate.", start: "From", end: "To",
    nightStep: "Step", cameOfIt: "Outcome", done: "Done", failed: "Failed", waiting: "Waits", step_drawers_and_stays: "Drawers and stays", step_provider_bill: "Provider's bill", step_batches: "Settlement", step_facilities: "Facilities' reports", step_open_differences: "Open differences again",
    triedAgain: "{n} {n|try|tries} so far, again {when}", dueAt: "due {when}", noNights: "No night has been recorded yet.",
    outcome_differing: "differing: {n}", outcome_gone: "explained: {n}", outcome_rows: "lines: {n}", outcome_batches: "days settled: {n}", outcome_gross: "gross {n}", outcome_payable: "payable {n}", outcome_leaked_stays: "stays of nobody: {n}", outcome_leaked_amount: "estimated loss {n}",
    provider: "Provider", statementOf: "A provider's statement", statementForm: "CSV with the first line id,time,amount,kind; amounts in minor units. Of providers with an agreement it is downloaded by itself.", statementFile: "File of the statement", checkDay: "Check a day", checkDayWhy: "Drawers, stays and bills. A day that is over is checked by itself every night.", days: "Check", terminalTotals: "A terminal's own totals", terminal: "Terminal", totals: "Compare", compared: "Compared. Differing: {n}, explained: {m}.",
    account: "Account", debit: "Debit", credit: "Credit", difference: "Difference",
    account_cash: "Cash in drawers", account_provider: "Providers", account_receivable: "Receivable", account_revenue: "Revenue", account_refunds: "Refunds", account_suspense: "Suspense", account_safe: "Cash handed in", account_over_short: "Over and short", account_waivers: "Waivers", account_bad_debts: "Bad debts", account_balance: "Balances", account_prepaid: "Stays paid ahead",
    refused_terms_unknown: "There are no terms for these days.", refused_terms_overlap: "Some of these days have terms already.", refused_terms_span_invalid: "The terms end after they begin.", refused_day_not_over: "This day is not over yet.", refused_outage_invalid: "An outage ends after it starts.", refused_outage_contradicts: "This outage was excused with another time.", refused_difference_closed: "This difference is closed.", refused_difference_unknown: "There is no such difference.",
    refused_statement_unreadable: "The statement cannot be read: {detail}", refused_statement_too_long: "The statement is too long.", refused_statement_contradicts: "It contradicts an earlier statement.", refused_concession_forbidden: "This concession is not yours.", refused_concession_unknown: "There is no such concession.",
    refused_provider_unavailable: "The provider does not answer.", refused_provider_refused: "The provider refuses.", refused_provider_answer_invalid: "The provider's answer cannot be trusted.", refused_provider_unknown: "There is no agreement with this provider.",
  },
});
