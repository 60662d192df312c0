import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;

/**
 * Who may ask this server: a token, which works once, is exchanged for a session, which lasts as long as the server. Both are random
 * and compared in constant time.
 */
export class Sessions {
  #token: Secret | undefined;
  readonly #sessions: Secret[] = [];

  /** @returns a new token when there is none left that could be used, so that nobody can make it say many. */
  freshToken(): string | undefined {
    if (this.#token !== undefined) return undefined;
    this.#token = new Secret();
    return this.#token.text;
  }

  /** @returns the session that the token is exchanged for; `undefined` when it is not the token, or was used before. */
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

/** Of one length whatever the text's, as comparing in constant time needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
