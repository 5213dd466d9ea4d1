import { RequestError, basicAuthorization, request } from "./http.js";

const noBucket = "There is no such bucket.";

/** Manages the scripts of the bucket whose page this is. The secret key is kept nowhere else. */
export class ScriptsClient {
  #authorization;

  constructor(key) {
    // What is behind a colon would go as the password (RFC 7617 §2).
    if (key.includes(":")) throw new Error("A key with a colon can't be used here. Give the bucket one without.");
    this.#authorization = basicAuthorization(key, "");
  }

  /** Gives `{name, size, updated}` of each script: bytes, and a time as RFC 3339 says. */
  async list() {
    const response = await this.#send("./", { headers: { Accept: "application/json" } }, noBucket);
    return response.json();
  }

  /** Gives a script's source and its version. */
  async source(name) {
    const response = await this.#send(scriptPath(name, "?source=true"));
    const bytes = await response.arrayBuffer();
    try {
      const source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { source, version: response.headers.get("ETag") };
    } catch {
      throw new Error(`${name} is not UTF-8, so this page would change it. The command line can edit it.`);
    }
  }

  /**
   * Sets a script's source and gives its new version.
   *
   * Throws a `RequestError` of status 412 where the script is not at `condition.version`, or there is one and that is
   * null; without a condition it is set whatever it was.
   */
  async save(name, source, condition) {
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    if (condition?.version === null) headers["If-None-Match"] = "*";
    else if (condition !== undefined) headers["If-Match"] = condition.version;
    const response = await this.#send(scriptPath(name), { method: "PUT", headers, body: source });
    return response.headers.get("ETag");
  }

  async delete(name) {
    await this.#send(scriptPath(name), { method: "DELETE" });
  }

  async #send(path, options, missing = "There is no such script any more.") {
    const headers = { Accept: "text/plain", ...options?.headers, Authorization: this.#authorization };
    const response = await request(path, { ...options, headers });
    if (response.ok) return response;
    throw new RequestError(await refusal(response, missing), response.status);
  }
}

/** Asks without a key why no key could open the scripts of the bucket; gives undefined where one may. */
export async function reasonForNoScripts() {
  const response = await request("./", { headers: { Accept: "application/json" } });
  switch (response.status) {
    case 403: return "This bucket was made without a secret key, so it can have no scripts.";
    case 404: return noBucket;
    case 410: return "This bucket was deleted.";
  }
}

/**
 * Runs a script as anyone may, without the secret key, and gives the answer whatever its status.
 *
 * The body is null, or `{type, text}`; the token is empty for none.
 */
export async function runScript(name, { method, query, body, token }) {
  const headers = {};
  if (body !== null) headers["Content-Type"] = body.type;
  if (token !== "") headers.Authorization = `Bearer ${token}`;
  const start = performance.now();
  // A redirection may lead to another host, where this page may send nothing.
  const response = await request(scriptPath(name, query), { method, headers, body: body?.text, redirect: "manual" });
  const output = await response.arrayBuffer();
  return { response, output, milliseconds: performance.now() - start };
}

/** The path of a script beside the page's, with the query string of a run. */
export function scriptPath(name, query = "") {
  return `./${name}${query}`;
}

/** What a refusal means, for who manages scripts. */
async function refusal(response, missing) {
  switch (response.status) {
    case 401: return "The secret key is wrong.";
    case 403: return "Only the secret key may manage scripts, and this is not it. A bucket without one has none.";
    case 404: return missing;
    case 429: return `Unless the script says so itself, there were too many requests from this address. Try again ${whenToTryAgain(response)}.`;
    case 503: return `The server is busy. Try again ${whenToTryAgain(response)}.`;
  }
  const text = (await response.text()).trim();
  const isJSON = response.headers.get("Content-Type") === "application/json";
  return (isJSON ? JSON.parse(text).error : text) || `The server answered ${response.status}.`;
}

/** What the status of a run means; undefined where its number is enough. */
export function meaning(response) {
  switch (response.status) {
    case 401: return "Unless the script says so itself, the access token is wrong or has ended.";
    case 403: return "Unless the script says so itself, the access token does not permit what the script does.";
    case 404: return "Unless the script says so itself, there is no script of this name any more.";
    case 429: return `Unless the script says so itself, there were too many requests from this address. Try again ${whenToTryAgain(response)}.`;
    case 500: return "Unless the script says so itself, it failed, and nothing that it wrote took effect.";
    case 503: return `Unless the script says so itself, others wrote the same keys, or the server is busy. Try again ${whenToTryAgain(response)}.`;
  }
}

function whenToTryAgain(response) {
  const seconds = response.headers.get("Retry-After");
  return seconds === null ? "later" : `in ${seconds} ${seconds === "1" ? "second" : "seconds"}`;
}
