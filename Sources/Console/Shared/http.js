/** A server's refusal, in its own words; `status` is undefined where it did not answer. */
export class RequestError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** The Authorization field of a user name and a password, in UTF-8 (RFC 7617 §2). */
export function basicAuthorization(name, password) {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${password}`)))}`;
}

/**
 * Sends a request with no credentials but those in its header fields, and gives the answer whatever its status.
 *
 * Throws a `RequestError` where there is no answer, or an `AbortError` where the options' signal ended it.
 */
export async function request(path, options) {
  try {
    // With credentials omitted, the browser neither asks for a password of its own nor keeps one.
    return await fetch(path, { ...options, credentials: "omit", cache: "no-store" });
  } catch (error) {
    throw error.name === "AbortError" ? error : new RequestError("The server did not answer. Is it running?");
  }
}
