/* The control surface, as the page asks it. */

export class Refused extends Error {
  /** The sandbox's refusal: the service's code, its sentence and the HTTP status. */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** JSON of the answer. Throws Refused, also when nobody answers. `body` undefined sends none. */
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/_sandbox/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      cache: "no-store",
    });
  } catch {
    throw new Refused("NoAnswer", "The sandbox does not answer. Does it still run?", 0);
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Refused(said.Code ?? "Failure", said.Message ?? "The sandbox gave no reason.", answer.status);
  }
  return said;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path) => ask("DELETE", path);

/** A path below the control surface; every part but the first is encoded, whatever characters a name has. */
export const pathOf = (start, ...parts) => [start, ...parts.map(encodeURIComponent)].join("/");
