import { RequestError, basicAuthorization, request } from "./http.js";

/** Talks to KOT's API on the host that the page came from. The password is kept nowhere else. */
export class Client {
  #authorization;

  constructor(password) {
    this.#authorization = basicAuthorization("", password);
  }

  /**
   * Sends a request: a POST where there are parameters, an object or its JSON.
   *
   * Throws a `RequestError`, or an `AbortError` where the signal ended it.
   */
  async send(path, parameters, { accept = "*/*", signal } = {}) {
    const headers = { Authorization: this.#authorization, Accept: accept };
    const options = { headers, signal };
    if (parameters !== undefined) {
      headers["Content-Type"] = "application/json";
      options.method = "POST";
      options.body = typeof parameters === "string" ? parameters : JSON.stringify(parameters);
    }
    const response = await request(path, options);
    if (response.ok) return response;
    const message = response.status === 401 ? "The password is wrong." : (await response.text()).trim();
    throw new RequestError(message || `The server answered ${response.status}.`, response.status);
  }

  /** Sends a request whose answer has lines of JSON, and gives each as it comes; the last one has `end`. */
  async *lines(path, parameters, signal) {
    const response = await this.send(path, parameters, { accept: "application/jsonl", signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new RequestError("The answer was cut. Try again.");
        const end = value.lastIndexOf("\n") + 1;
        if (end > 0) {
          for (const line of (rest + value.slice(0, end - 1)).split("\n")) yield JSON.parse(line);
          rest = "";
        }
        rest += value.slice(end);
      }
    } finally {
      await reader.cancel();
    }
  }
}
