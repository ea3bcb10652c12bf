// The words of the attendant's page.

import { addWords } from "./words.js";

addWords({
  zh: {
    title: "收费员", logIn: "登录", logOut: "退出", name: "用户名", password: "密码", working: "处理中……",
    openShift: "开班", openShiftWhy: "清点抽屉里的备用金后开班。", float: "备用金（元）", district: "行政区", shiftSince: "班次开始", cash: "本班现金",
    withoutPlate: "{n} 个无车牌", occupied: "占用泊位", none: "现在没有占用的泊位。", find: "按泊位或街道查找", noPlate: "无车牌", since: "入位时间", plate: "车牌", addPlate: "登记车牌",
    plateExample: "鲁C12345", owed: "待缴", soFar: "截至目前", why: "明细", takeCash: "收现金 {yuan}", confirmCash: "确认已收 {yuan}", confirmWhy: "确认后本次停车结束，金额记入本班抽屉。",
    cancel: "返回", slip: "缴费凭条", print: "打印", paidAt: "收款时间", until: "离位时间", receipt: "凭条号", payee: "收款方", next: "下一个", paid: "已收",
    closeShift: "交班", counted: "清点金额，含备用金（元）", count: "确认清点", expected: "应有", countedShort: "实点", difference: "差额", closed: "已交班", even: "相符",
    nothingOwed: "目前免费", more: "只显示前 {n} 个。", noMatch: "没有符合的泊位。", add: "登记", qr: "扫码页",
    refused_password_wrong: "用户名或密码错误。", refused_too_many_tries: "尝试次数过多，请十五分钟后再试。", refused_role_missing: "这个账号不是收费员。", refused_login_required: "请重新登录。",
    refused_offline: "网络不通，没有确认结果。可以放心重试，不会重复入账。", refused_amount_changed: "金额已变化，请核对后再收。", refused_bill_already_paid: "这笔费用已经付清。",
    refused_plate_invalid: "这不是有效的车牌号。", refused_session_claimed: "已登记其他车牌。", refused_amount_unread: "请输入金额，例如 12.50", refused_district_forbidden: "不在你的行政区内。",
  },
  en: {
    title: "Attendant", logIn: "Log in", logOut: "Log out", name: "Name", password: "Password", working: "One moment…",
    openShift: "Open the shift", openShiftWhy: "Count the change in the drawer first.", float: "Change in the drawer (yuan)", district: "District", shiftSince: "Shift since", cash: "Cash taken",
    withoutPlate: "{n} without a plate", occupied: "Occupied spaces", none: "No space is occupied at the moment.", find: "Find a space or street", noPlate: "No plate", since: "Arrived", plate: "Plate", addPlate: "Add the plate",
    plateExample: "鲁C12345", owed: "To pay", soFar: "so far", why: "Lines", takeCash: "Take {yuan} in cash", confirmCash: "{yuan} is in my hand", confirmWhy: "This ends the stay and books the money in your drawer.",
    cancel: "Back", slip: "Receipt", print: "Print", paidAt: "Paid at", until: "Left", receipt: "Receipt", payee: "Payee", next: "Next", paid: "Paid",
    closeShift: "Close the shift", counted: "Counted, with the change (yuan)", count: "This was counted", expected: "Expected", countedShort: "Counted", difference: "Difference", closed: "Shift closed", even: "Even",
    nothingOwed: "Free so far", more: "Only the first {n} are shown.", noMatch: "No space matches.", add: "Add", qr: "Page of the code",
    refused_password_wrong: "The name or the password is wrong.", refused_too_many_tries: "Too many tries. Please wait a quarter of an hour.", refused_role_missing: "This account is no attendant's.", refused_login_required: "Please log in again.",
    refused_offline: "The network is down and nothing was confirmed. Try again without worry: it is booked once.", refused_amount_changed: "The amount has changed. Please look at it again.", refused_bill_already_paid: "This is paid already.",
    refused_plate_invalid: "This is not a number plate.", refused_session_claimed: "Another plate is on this stay.", refused_amount_unread: "Type a sum, such as 12.50", refused_district_forbidden: "This is outside your district.",
  },
});
