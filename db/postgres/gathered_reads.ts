/** Gathers reads: those that are asked for in the same moment are answered by one statement. */

/** Answers many questions at once, in their order. */
export type AnswerAll<Question, Answer> = (questions: readonly Question[]) => Promise<Answer[]>;

interface Waiter<Question, Answer> {
  question: Question;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Reads that share statements. */
export class GatheredReads<Question, Answer> {
  readonly #answerAll: AnswerAll<Question, Answer>;
  readonly #questionsMax: number;
  readonly #queriesMax: number;
  #waiters: Waiter<Question, Answer>[] = [];
  #running = 0;
  #isScheduled = false;

  /** One statement answers at most `questionsMax`, and so many statements run at once. */
  constructor(
    answerAll: AnswerAll<Question, Answer>,
    { questionsMax, queriesMax }: { questionsMax: number; queriesMax: number },
  ) {
    this.#answerAll = answerAll;
    this.#questionsMax = questionsMax;
    this.#queriesMax = queriesMax;
  }

  /** Answers one question, together with the others. */
  read(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ question, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After what else arrived together was read.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#startAll();
    });
  }

  #startAll(): void {
    while (this.#waiters.length > 0 && this.#running < this.#queriesMax) {
      this.#running++;
      void this.#run(this.#waiters.splice(0, this.#questionsMax));
    }
  }

  async #run(waiters: readonly Waiter<Question, Answer>[]): Promise<void> {
    try {
      const answers = await this.#answerAll(waiters.map(({ question }) => question));
      for (const [index, { resolve }] of waiters.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    } finally {
      this.#running--;
      this.#startAll();
    }
  }
}
