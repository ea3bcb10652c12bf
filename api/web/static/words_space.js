// The words of the page behind a space's code.

import { addWords } from "./words.js";

addWords({
  zh: {
    title: "停车缴费", parked: "停车中", over: "已结束", owed: "待缴", soFar: "截至目前", why: "为什么是这个金额", price: "收费标准",
    since: "入位时间", until: "离位时间", plate: "车牌", hidden: "该停车记录已登记车牌，只显示金额；时间和明细仅车主可见。",
    yours: "登记车牌", yoursWhy: "新能源车每天有免费时长；登记后账单归到这辆车。", plateExample: "鲁C12345", claim: "登记",
    pay: "支付 {yuan}", confirm: "确认支付 {yuan}", provider: "测试支付", providerWhy: "演示用支付方，不会产生真实扣款。支付后本次停车结束。", cancel: "返回",
    paid: "已支付", receipt: "电子凭条号", payee: "收款方", paidAt: "支付时间", nothing: "此泊位当前没有待缴费用", nothingYet: "目前免费",
    nothingWhy: "没有正在计费的停车记录，也没有未缴的账单。", working: "处理中……",
    object: "对账单有异议", disputed: "异议已受理", disputedWhy: "编号 {id}。人工处理前不催缴。", disputedWait: "人工处理前不催缴。", receiptFile: "下载凭条 (PDF)",
    space_not_approved: "此泊位未经批准，不得收费", price_document_missing: "没有有效的价格文件，不得收费", operator_missing: "没有在期的经营单位，不得收费",
    device_not_accepted: "没有验收合格的设备或人工证据，不得收费", rate_missing: "没有已发布的收费标准，不得收费",
    sign_missing: "收费公示牌尚未设置，不得收费", rate_ambiguous: "收费标准有矛盾，不予收费", stay_too_long: "收费标准未规定如此长的停放，不予收费", table_invalid: "收费标准不完整，不予收费",
    refused_offline: "网络不通，没有确认结果。可以放心重试，不会重复扣款。", refused_space_unknown: "没有这个泊位，请核对标牌上的编码。",
    refused_amount_changed: "金额已变化，请核对后再支付。", refused_bill_already_paid: "这笔费用已经付清。", refused_plate_invalid: "这不是有效的车牌号。",
    refused_session_claimed: "该停车记录已登记车牌，可以直接支付。", refused_too_many_tries: "查询车牌次数过多，请一小时后再试。", refused_session_unknown: "这条停车记录已不在此泊位。",
  },
  en: {
    title: "Pay for parking", parked: "Parked", over: "Ended", owed: "To pay", soFar: "so far", why: "Why this amount", price: "Price",
    since: "Arrived", until: "Left", plate: "Plate", hidden: "This stay has a plate. Only the amount is shown; times and lines are for its driver.",
    yours: "Add your plate", yoursWhy: "New-energy vehicles have free hours every day; the bill then belongs to this car.", plateExample: "鲁C12345", claim: "Add",
    pay: "Pay {yuan}", confirm: "Confirm {yuan}", provider: "Test provider", providerWhy: "For the demonstration: no real money moves. Paying ends this stay.", cancel: "Back",
    paid: "Paid", receipt: "Receipt", payee: "Payee", paidAt: "Paid at", nothing: "Nothing is owed at this space", nothingYet: "Free so far",
    nothingWhy: "There is no running stay and no unpaid bill.", working: "One moment…",
    object: "Object to this bill", disputed: "Your objection is being looked at", disputedWhy: "Number {id}. Nobody reminds you of this bill until a person has decided.",
    disputedWait: "Nobody reminds you of this bill until a person has decided.", receiptFile: "Receipt (PDF)",
    space_not_approved: "This space is not approved, so nothing may be charged", price_document_missing: "There is no valid price document, so nothing may be charged",
    operator_missing: "There is no operator in force, so nothing may be charged", device_not_accepted: "There is no accepted device or witness, so nothing may be charged",
    rate_missing: "There is no published price, so nothing may be charged",
    sign_missing: "The sign with the prices does not stand yet, so nothing may be charged", rate_ambiguous: "The published prices contradict each other, so nothing is charged",
    stay_too_long: "There is no published price for so long a stay, so nothing is charged", table_invalid: "The published prices are incomplete, so nothing is charged",
    refused_offline: "The network is down and nothing was confirmed. Try again without worry: you are charged once.", refused_space_unknown: "There is no such space. Check the code on the sign.",
    refused_amount_changed: "The amount has changed. Please look at it again.", refused_bill_already_paid: "This is paid already.", refused_plate_invalid: "This is not a number plate.",
    refused_session_claimed: "This stay has its plate already; you can pay it as it is.", refused_too_many_tries: "Too many plates were tried. Please wait an hour.", refused_session_unknown: "This stay is no longer on this space.",
  },
});
