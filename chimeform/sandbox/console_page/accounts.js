/* The list of accounts. */

import { get, post } from "./control.js";
import { byId, fillTable, label, make, moment } from "./elements.js";
import { onSubmit } from "./forms.js";

export async function show() {
  const [found, health] = await Promise.all([get("accounts"), get("health")]);
  byId("aws-account").textContent = health.account_id;
  fillTable(byId("accounts-table"), found.Accounts.map(describe));
  byId("disabled").hidden = found.DisabledAccounts.length === 0;
  fillTable(
    byId("disabled-table"),
    found.DisabledAccounts.map((account) => ({
      key: account.AccountId,
      cells: [account.Name, make("code", {}, account.AccountId), moment(account.DeletedOn)],
    })),
  );
}

function describe(account) {
  const link = make("a", { href: `#/account/${encodeURIComponent(account.AccountId)}` }, account.Name);
  const domains = account.Domains.map(({ Domain }) => Domain).join(", ");
  const cells = [
    link,
    make("code", {}, account.AccountId),
    [label(account.AccountType)],
    domains || "none",
    countUsers(account.Users),
    String(account.Rooms),
    String(account.Bots),
  ];
  return { key: account.AccountId, cells };
}

/** Such as "3 Registered, 1 Unregistered". */
export function countUsers(counts) {
  return Object.entries(counts).map(([status, number]) => `${number} ${status}`).join(", ") || "none";
}

export function start() {
  const form = byId("form-account");
  onSubmit(form, async ({ name }) => {
    const account = await post("console/accounts", { name });
    form.reset();
    return `Created ${account.Name}, a Team account.`;
  });
}
