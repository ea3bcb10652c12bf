// Who uses the page: the login that is there, or a form to make one.

import { Refusal, ask, setCsrf } from "./ask.js";
import { make } from "./dom.js";
import { doing, show } from "./sheet.js";
import { say } from "./words.js";

const who = () => document.getElementById("who");

/** The person logged in when the role fits the page, else null: somebody else may log in then. */
export async function present(roles) {
  try {
    return enter(await ask("GET", "/v1/logins/current"), roles);
  } catch (problem) {
    if (problem.status === 401 || problem.status === 403) return null;
    throw problem;
  }
}

/** The form; `entered` gets the person. */
export function loginForm(roles, entered) {
  const submit = (event) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(event.target));
    doing(async () => {
      const person = enter(await ask("POST", "/v1/logins", { body }), roles);
      await entered(person);
    });
  };
  const field = (name, type, autocomplete) => make("label", {}, say(name), make("input", { name, type, autocomplete, required: true, autocapitalize: "none" }));
  show(make(
    "section", { class: "card narrow" },
    make(
      "form", { onsubmit: submit },
      make("h2", {}, say("logIn")),
      field("name", "text", "username"),
      field("password", "password", "current-password"),
      make("button", { type: "submit", class: "main" }, say("logIn")),
    ),
  ));
}

/** End the login, forget what the page keeps of the person, and start it anew. */
export async function logOut(forget = async () => {}) {
  await ask("DELETE", "/v1/logins/current");
  await forget();
  location.reload();
}

function enter(person, roles) {
  setCsrf(person.csrf);
  if (!roles.includes(person.role)) throw new Refusal(403, { code: "role_missing" });
  who().textContent = person.name;
  return person;
}
