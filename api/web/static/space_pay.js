// Paying by a provider: which of its channels fits this browser, the code or app it opens, and waiting until it is booked.

import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { card, mainButton, quietButton } from "./sheet.js";
import { say } from "./words.js";

const AGAIN_MS = 2_000;
const RETURN_STATE = "pay";
const agent = navigator.userAgent;
const isWechat = /MicroMessenger/i.test(agent);
const isPhone = isWechat || /Android|iPhone|iPad|Mobile/i.test(agent);

/** The channel of a way that opens soonest in this browser; a code can be scanned everywhere. */
export function channelOf(way) {
  if (way.provider !== "wechat") return "native";
  if (isWechat && way.sign_in_url && way.channels.includes("jsapi")) return "jsapi";
  return isPhone && !isWechat && way.channels.includes("h5") ? "h5" : "native";
}

/** What WeChat has sent this browser back with, once; the address is clean afterwards. */
export function takeReturn() {
  const told = new URLSearchParams(location.search);
  if (told.get("state") !== RETURN_STATE || !told.get("code")) return null;
  history.replaceState(null, "", location.pathname);
  return told.get("code");
}

/** Where WeChat says who pays; it wants the parameters in just this order. */
export function signInAddress(way) {
  const back = encodeURIComponent(`${location.origin}${location.pathname}`);
  return `${way.sign_in_url}?appid=${way.app_id}&redirect_uri=${back}&response_type=code&scope=snsapi_base&state=${RETURN_STATE}#wechat_redirect`;
}

/** Open the payment within WeChat; what became of it is asked of the service, whatever the app says. */
export function invoke(checkout) {
  const open = () => window.WeixinJSBridge.invoke("getBrandWCPayRequest", checkout, () => {});
  if (window.WeixinJSBridge) open();
  else document.addEventListener("WeixinJSBridgeReady", open, { once: true });
}

/** Ask what became of an order until it is paid or over; `told` hears of it. A network that fails is asked again. */
export function follow(path, id, told) {
  let timer = null;
  const look = async () => {
    try {
      const order = await ask("GET", `${path}/orders/${id}`);
      if (order.state !== "open") return told(order);
    } catch (problem) {
      if (!(problem instanceof Refusal) || problem.code === "order_unknown") return told(null);
    }
    timer = setTimeout(look, AGAIN_MS);
  };
  timer = setTimeout(look, AGAIN_MS);
  return () => clearTimeout(timer);
}

/** The address that a button opens for an order; null for what is only scanned or runs within the app. */
function addressOf(order) {
  const { h5_url: address, qr_code: code } = order.checkout ?? {};
  if (address) return `${address}${address.includes("?") ? "&" : "?"}redirect_url=${encodeURIComponent(location.href)}`;
  return isPhone ? code ?? null : null;
}

/** The order that waits: its code or its button, and the way back. */
export function orderCard(order, giveUp) {
  const address = addressOf(order);
  const open = say(`open_${order.provider}`);
  const hint = order.channel === "jsapi" ? "" : say(isWechat && order.provider === "wechat" ? "longPress" : `scan_${order.provider}`);
  return card(
    make("h2", {}, say("payBy", { yuan: yuan(order.amount.amount, order.amount.currency) })),
    order.picture ? make("img", { class: "code", src: `data:image/svg+xml,${encodeURIComponent(order.picture)}`, alt: say("code"), "data-order": order.id }) : null,
    order.picture ? make("p", { class: "soft" }, hint) : null,
    address ? make("a", { class: "main", href: address, id: "open" }, open) : null,
    order.channel === "jsapi" ? mainButton(open, () => invoke(order.checkout), { id: "open" }) : null,
    make("p", { class: "soft waiting", role: "status" }, say("waiting")),
    make("p", { class: "actions" }, quietButton(say("cancel"), giveUp)),
  );
}
