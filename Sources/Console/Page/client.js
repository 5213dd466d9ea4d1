/** A server's refusal, in its own words; `status` is undefined where it did not answer. */
export class RequestError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Talks to KOT's API on the host that the page came from. The password is kept nowhere else. */
export class Client {
  #authorization;

  /** Sends an empty user name and the password, in UTF-8 (RFC 7617 §2). */
  constructor(password) {
    this.#authorization = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`:${password}`)))}`;
  }

  /**
   * Sends a request: a POST where there are parameters, an object or its JSON.
   *
   * Throws a `RequestError`, or an `AbortError` where the signal ended it.
   */
  async send(path, parameters, { accept = "*/*", signal } = {}) {
    const headers = { Authorization: this.#authorization, Accept: accept };
    // With credentials omitted, the browser neither asks for a password of its own nor keeps one.
    const options = { headers, credentials: "omit", cache: "no-store", signal };
    if (parameters !== undefined) {
      headers["Content-Type"] = "application/json";
      options.method = "POST";
      options.body = typeof parameters === "string" ? parameters : JSON.stringify(parameters);
    }
    const response = await fetch(path, options).catch((error) => {
      throw error.name === "AbortError" ? error : new RequestError("The server did not answer. Is it running?");
    });
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
