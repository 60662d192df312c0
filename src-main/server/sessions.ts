import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;

/**
 * Access to the server: a token works once and is exchanged for a session, which is valid until the server stops. Both are
 * random and compared in constant time.
 */
export class Sessions {
  #token: Secret | undefined;
  readonly #sessions: Secret[] = [];

  /** @returns a new token, or `undefined` while the last one is unused, so that requests cannot make the server print many. */
  freshToken(): string | undefined {
    if (this.#token !== undefined) return undefined;
    this.#token = new Secret();
    return this.#token.text;
  }

  /** @returns a new session; `undefined` if the token is wrong or was used before. */
  exchange(token: string): string | undefined {
    if (!this.#token?.is(token)) return undefined;
    this.#token = undefined;
    const session = new Secret();
    this.#sessions.push(session);
    return session.text;
  }

  isSession(text: string): boolean {
    return this.#sessions.some((session) => session.is(text));
  }
}

class Secret {
  readonly text = randomBytes(SECRET_BYTES).toString("base64url");
  readonly #digest = digest(this.text);

  is(text: string): boolean {
    return timingSafeEqual(this.#digest, digest(text));
  }
}

/** Constant-time comparison needs equal lengths. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
