/**
 * Password hashes by Argon2id with what OWASP recommends (19 MiB, two passes, one lane). A few are
 * computed at once, so that a burst of sign-ins cannot take all memory and cores from the rest.
 */

import { limits, type PasswordHasher, SuiteError } from "../../actors/mod.ts";

const ARGON2ID = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** Of a password that nobody knows, made with the parameters above. */
const NOBODYS_HASH =
  "$argon2id$v=19$m=19456,t=2,p=1$HfqNDam9VXSWKsEKCydNVNwvgSKJfVprT1qz4YH2MIA$B5VOFrEX6W4m2MX5yu5c/NtnIY7kUyxFOD0D9RV3XBk";

/** Argon2id over Bun's own implementation, which computes outside the main thread. */
export class Argon2idHasher implements PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async hash(password: string): Promise<string> {
    return await this.#limited(() => Bun.password.hash(prepare(password), ARGON2ID));
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    if (password === "") return false;
    const against = hash ?? NOBODYS_HASH;
    const matches = await this.#limited(() => Bun.password.verify(prepare(password), against));
    return matches && hash !== undefined;
  }

  async #limited<Value>(compute: () => Promise<Value>): Promise<Value> {
    if (this.#running >= limits.passwordHashesMax) await this.#wait();
    else this.#running++;
    try {
      return await compute();
    } finally {
      // Whoever waits next takes over the place, so the number that run stays the same.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= limits.passwordHashesWaitingMax) {
      throw new SuiteError("busy", "Cannot check the password: too many people sign in right now", {
        retryAfterSeconds: 5,
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** The same characters typed on different keyboards are the same password (NIST SP 800-63B). */
function prepare(password: string): string {
  return password.normalize("NFKC");
}
