// The words of the operator's page.

import { addWords } from "./words.js";

addWords({
  zh: {
    title: "运营", tariffs: "收费标准", logIn: "登录", logOut: "退出", name: "用户名", password: "密码", working: "处理中……",
    proposals: "调价建议", board: "价目表", audit: "操作记录", none: "还没有调价建议。可以现在测算一次。", noneChosen: "选择一份建议查看数字和理由。",
    review: "现在测算", proposed: "待审", approved: "已批准", rejected: "已驳回", published: "已发布", moves: "{n} 处变动，共 {m} 处",
    period: "依据数据", preparedBy: "经办人", approvedBy: "批准人", publishedBy: "发布人", effective: "生效时间", because: "驳回理由", nobody: "待认领",
    prepare: "认领为经办人", approve: "批准", reject: "驳回", publish: "发布", twoPersons: "经办人与批准人必须是两个人。",
    zone: "片区", band: "时段", occupancy: "占用率", full: "满位时间", now: "现价", next: "建议", expected: "预计占用率", whyCell: "理由", limits: "受限于：", comma: "、", allDay: "全天",
    workday: "工作日", weekend: "周末", weekday: "工作日", all: "每天", saturday: "周六", sunday: "周日", perUnit: "{yuan}/{n} 分钟", unmoved: "其余 {n} 处维持现价", skipped: "{n} 处没有足够的依据",
    price: "现行价格", comes: "即将生效", since: "自", document: "价格文件", free: "不收费", when: "时间", who: "人员", did: "操作", what: "对象", more: "更早",
    refused_password_wrong: "用户名或密码错误。", refused_too_many_tries: "尝试次数过多，请十五分钟后再试。", refused_role_missing: "这个账号没有此权限。", refused_login_required: "请重新登录。", refused_offline: "网络不通，没有确认结果。",
    floor: "最低价", cap: "最高价", document_floor: "价格文件的最低价", document_ceiling: "价格文件的最高价", step: "每次调幅", tick: "最小单位", frozen: "冻结",
    neighbour_max_difference: "相邻片区价差", order: "区域等级次序", max_distinct_prices: "价格种类上限", revenue_floor: "收入下限",
    operator: "运营员", approver: "审批员", attendant: "收费员", admin: "管理员", terminal: "终端", integrator: "接入系统",
    "login.opened": "登录", "login.closed": "退出", "shift.opened": "开班", "shift.closed": "交班", "session.claimed": "登记车牌", "cash.taken": "收现金",
    "proposal.made": "测算调价", "proposal.prepared": "认领建议", "proposal.approved": "批准建议", "proposal.rejected": "驳回建议", "proposal.published": "发布建议",
    "rate.drafted": "起草收费标准", "rate.published": "发布收费标准", "cleaning.planned": "安排清扫", "cleaning.ended": "清扫结束", "module.changed": "调整模块",
    refused_two_persons_needed: "经办人与批准人必须是两个人。",
  },
  en: {
    title: "Operations", tariffs: "Tariffs", logIn: "Log in", logOut: "Log out", name: "Name", password: "Password", working: "One moment…",
    proposals: "Proposals", board: "Price board", audit: "Audit", none: "There is no proposal yet. Review the prices now.", noneChosen: "Choose a proposal to see its numbers and reasons.",
    review: "Review now", proposed: "Proposed", approved: "Approved", rejected: "Rejected", published: "Published", moves: "{n} of {m} prices move",
    period: "Measured", preparedBy: "Prepared by", approvedBy: "Approved by", publishedBy: "Published by", effective: "In force from", because: "Rejected because", nobody: "nobody yet",
    prepare: "Answer for it", approve: "Approve", reject: "Reject", publish: "Publish", twoPersons: "Who prepares and who approves are two persons.",
    zone: "Zone", band: "Hours", occupancy: "Occupied", full: "Full", now: "Now", next: "Proposed", expected: "Expected", whyCell: "Reason", limits: "Held by: ", comma: ", ", allDay: "all day",
    workday: "workdays", weekend: "weekends", weekday: "weekdays", all: "every day", saturday: "Saturdays", sunday: "Sundays", perUnit: "{yuan} / {n} min", unmoved: "{n} other prices stay", skipped: "{n} places without enough evidence",
    price: "Price in force", comes: "Comes", since: "since", document: "Price document", free: "No charge", when: "When", who: "Who", did: "Did", what: "What", more: "Earlier",
    refused_password_wrong: "The name or the password is wrong.", refused_too_many_tries: "Too many tries. Please wait a quarter of an hour.", refused_role_missing: "This account may not do this.", refused_login_required: "Please log in again.", refused_offline: "The network is down and nothing was confirmed.",
    floor: "lowest price", cap: "highest price", document_floor: "lowest price of the document", document_ceiling: "highest price of the document", step: "largest step", tick: "tick", frozen: "frozen",
    neighbour_max_difference: "difference between neighbours", order: "order of the area classes", max_distinct_prices: "number of different prices", revenue_floor: "least revenue",
    operator: "Operator", approver: "Approver", attendant: "Attendant", admin: "Administrator", terminal: "Terminal", integrator: "Integrator",
    "login.opened": "Logged in", "login.closed": "Logged out", "shift.opened": "Opened a shift", "shift.closed": "Closed a shift", "session.claimed": "Added a plate", "cash.taken": "Took cash",
    "proposal.made": "Made a proposal", "proposal.prepared": "Took on a proposal", "proposal.approved": "Approved a proposal", "proposal.rejected": "Rejected a proposal", "proposal.published": "Published a proposal",
    "rate.drafted": "Drafted a tariff", "rate.published": "Published a tariff", "cleaning.planned": "Planned a cleaning", "cleaning.ended": "Ended a cleaning", "module.changed": "Changed a module",
    refused_two_persons_needed: "Who prepares and who approves are two persons.",
  },
});
