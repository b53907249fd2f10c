/**
 * The one place where it is told that sessions ended, and the list of what ends with them: sockets,
 * devices that are notified, and whatever else comes to belong to a session. The store of sessions tells
 * it, so no route can forget to.
 *
 * Being told is the tidy-up. A session may also end where nobody tells this process, so whatever belongs
 * to sessions asks the store besides, before it hands anything out.
 */

/** Something that ends with the session that made it. */
export interface SessionBound {
  /** For logs and tests. */
  readonly name: string;
  end(sessionIds: readonly string[]): Promise<void> | void;
}

/** What ends with sessions in this process. */
export class SessionEnds {
  readonly #bound: SessionBound[] = [];
  readonly #onError: (name: string, error: unknown) => void;

  /** `onError` is told what could not be ended. */
  constructor(onError: (name: string, error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** The names of all that ends. */
  get names(): string[] {
    return this.#bound.map(({ name }) => name);
  }

  /** From now on this ends as well. */
  add(bound: SessionBound): void {
    this.#bound.push(bound);
  }

  /** Sessions ended: all that belongs to them does, and one thing that fails keeps no other. */
  async tell(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await Promise.all(
      this.#bound.map(async ({ name, end }) => {
        try {
          await end(sessionIds);
        } catch (error) {
          this.#onError(name, error);
        }
      }),
    );
  }
}
