/* Which view is shown: `#/accounts`, `#/account/ID`, `#/people` and `#/people/ACCOUNT`, `#/carrier`, `#/laboratory`. */

import * as account from "./account.js";
import * as accounts from "./accounts.js";
import * as carrier from "./carrier.js";
import { get } from "./control.js";
import { byId, giveRoles, moment } from "./elements.js";
import { describe, refreshWith } from "./forms.js";
import * as laboratory from "./laboratory.js";
import * as people from "./people.js";

const VIEWS = { accounts, account, people, carrier, laboratory };
const PARTS = { account: "accounts" };
let current = null;

function readHash() {
  const [, name, argument] = location.hash.split("/");
  return VIEWS[name] ? { name, argument: argument && decodeURIComponent(argument) } : { name: "accounts" };
}

/** Read what the current view shows; whether it could be read. */
async function refresh() {
  const { name, argument } = readHash();
  byId("content").setAttribute("aria-busy", "true");
  try {
    const [clock] = await Promise.all([get("clock"), VIEWS[name].show(argument)]);
    byId("now").replaceWith(Object.assign(moment(clock.now), { id: "now" }));
    byId("trouble").replaceChildren();
    return true;
  } catch (error) {
    byId("trouble").replaceChildren(...describe(error));
    // What is not there any more, such as an account after a reset, is not shown as if it were.
    if (error.code === "NotFound") byId(`view-${name}`).hidden = true;
    return false;
  } finally {
    byId("content").removeAttribute("aria-busy");
  }
}

/** Show the view that the address names, and stand on its heading, as after following a link to a page. */
async function go() {
  if (location.hash !== "" && !location.hash.startsWith("#/")) return; // the skip link
  const { name, argument } = readHash();
  const isFirst = current === null;
  const isSame = current === `${name}/${argument}`;
  current = `${name}/${argument}`;
  const isThere = await refresh();
  if (current !== `${name}/${argument}`) return;
  for (const each of Object.keys(VIEWS)) byId(`view-${each}`).hidden = each !== name || (name === "account" && !isThere);
  for (const link of document.querySelectorAll("[data-part]")) {
    if (link.dataset.part === (PARTS[name] ?? name)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = byId(`view-${name}`).querySelector("h1");
  document.title = `${heading.textContent} · Chime sandbox`;
  if (!isFirst && !isSame) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

for (const table of document.querySelectorAll("table")) giveRoles(table);
for (const view of Object.values(VIEWS)) view.start();
refreshWith(refresh);
byId("refresh").addEventListener("click", refresh);
addEventListener("hashchange", go);
// Whoever comes back from a terminal sees what was done there.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
addEventListener("focus", () => current !== null && refresh());
await go();
document.documentElement.dataset.ready = "";
