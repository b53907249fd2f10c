import { beforeEach, describe, expect, test } from "bun:test";
import { type Job, limits, SuiteError, type WorkerPool } from "../../actors/mod.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { jobs } from "./jobs.ts";
import { Rendering, type RenderRequest } from "./rendering.ts";

/** Does the real jobs in this process, and notes them. */
class CountingPool implements WorkerPool {
  readonly done: Job[] = [];
  failure: SuiteError | undefined;

  async run(job: Job): Promise<unknown> {
    this.done.push(job);
    await Promise.resolve();
    if (this.failure) throw this.failure;
    return jobs[job.name as keyof typeof jobs](job.text, job.options);
  }

  report() {
    return { workers: 0, waiting: 0, running: 0, done: 0, ended: 0, refused: 0 };
  }

  async close() {}
}

const LONG = "long *text* ".repeat(limits.renderInlineUnitsMax);
const VERY_LONG = "A paragraph.\n\n".repeat(limits.renderPartUnitsMax / 4);

let pool: CountingPool;
let rendering: Rendering;
const request = (given: Partial<RenderRequest> = {}): RenderRequest => {
  const whole = { id: "note", version: 1, text: "*short*", people: [], part: 1, asker: "ada" };
  return { ...whole, ...given };
};

beforeEach(() => {
  pool = new CountingPool();
  rendering = new Rendering({ pool, clock: new FakeClock() });
});

describe("Rendering", () => {
  test("renders a short text at once, without a worker", async () => {
    const { blocks } = await rendering.render(request());
    expect(blocks).toEqual(['<p dir="auto"><em>short</em></p>\n']);
    expect(pool.done).toEqual([]);
  });

  test("has a worker render a long text, once for each version, however many ask", async () => {
    const all = await Promise.all([1, 2, 3].map(() => rendering.render(request({ text: LONG }))));
    await rendering.render(request({ text: LONG }));
    expect(pool.done).toHaveLength(1);
    expect(pool.done[0]?.shares).toEqual(["note", "ada"]);
    expect(new Set(all.map(({ blocks }) => blocks[0])).size).toBe(1);
    await rendering.render(request({ text: LONG, version: 2 }));
    expect(pool.done).toHaveLength(2);
  });

  test("renders again when other people may be named", async () => {
    const text = `@Grace ${LONG}`;
    await rendering.render(request({ text }));
    const { blocks } = await rendering.render(
      request({ text, people: [{ id: "g", name: "Grace" }] }),
    );
    expect(blocks.join("")).toContain('data-mention="g"');
  });

  test("shows a very long text in parts, each rendered when it is asked for", async () => {
    const first = await rendering.render(request({ text: VERY_LONG }));
    expect(first).toMatchObject({ part: 1 });
    expect(first.parts).toBeGreaterThan(2);
    const last = await rendering.render(request({ text: VERY_LONG, part: 1_000 }));
    expect(last.part).toBe(first.parts);
    await rendering.render(request({ text: VERY_LONG, part: 1_001 }));
    expect(pool.done).toHaveLength(2);
    const units = pool.done.map(({ text }) => text.length);
    expect(Math.max(...units)).toBeLessThanOrEqual(limits.renderPartUnitsMax);
  });

  test("shows the text as it was written when it takes too long, and remembers that", async () => {
    pool.failure = new SuiteError("too_large", "Cannot render the text: it took too long");
    const text = `<script>${LONG}`;
    const { blocks, isFinal } = await rendering.render(request({ text }));
    expect(isFinal).toBe(true);
    expect(blocks[0]).toContain("takes too long to render");
    expect(blocks[1]).toContain("&lt;script&gt;long *text*");
    await rendering.render(request({ text }));
    expect(pool.done).toHaveLength(1);
  });

  test("shows the text as it was written while workers are busy, and tries again", async () => {
    pool.failure = new SuiteError("busy", "Cannot do the work: too much of it waits already");
    const { blocks, isFinal } = await rendering.render(request({ text: LONG }));
    expect(isFinal).toBe(false);
    expect(blocks[0]).toContain("busy");
    pool.failure = undefined;
    expect(await rendering.render(request({ text: LONG }))).toMatchObject({ isFinal: true });
  });

  test("renderAtOnce() has nothing for a long text that was not rendered yet", async () => {
    expect(await rendering.renderAtOnce(request())).toBeDefined();
    expect(await rendering.renderAtOnce(request({ text: LONG, version: 2 }))).toBeUndefined();
    await rendering.render(request({ text: LONG, version: 2 }));
    expect(await rendering.renderAtOnce(request({ text: LONG, version: 2 }))).toBeDefined();
  });

  test("keeps nothing of a text that is no version of the note", async () => {
    await rendering.render(request({ text: LONG }));
    await rendering.render(request({ text: `other ${LONG}`, version: undefined }));
    await rendering.render(request({ text: `other ${LONG}`, version: undefined }));
    await rendering.render(request({ text: LONG }));
    expect(pool.done).toHaveLength(3);
  });

  test("keeps so much, what was asked for last, and forgets a note when it is told to", async () => {
    const text = "word ".repeat(limits.renderPartUnitsMax / 5);
    const notes = Math.ceil(limits.renderedKeptUnitsMax / text.length) + 1;
    for (let i = 0; i < notes; i++) await rendering.render(request({ id: `note ${i}`, text }));
    expect(pool.done).toHaveLength(notes);
    await rendering.render(request({ id: `note ${notes - 1}`, text }));
    expect(pool.done).toHaveLength(notes);
    await rendering.render(request({ id: "note 0", text }));
    expect(pool.done).toHaveLength(notes + 1);
    rendering.forget("note 0");
    await rendering.render(request({ id: "note 0", text }));
    expect(pool.done).toHaveLength(notes + 2);
  });

  test("keeps nothing of what was being rendered when it was told to forget the note", async () => {
    const running = rendering.render(request({ text: LONG }));
    rendering.forget("note");
    await running;
    await rendering.render(request({ text: LONG }));
    expect(pool.done).toHaveLength(2);
    await rendering.render(request({ text: LONG }));
    expect(pool.done).toHaveLength(2);
  });

  test("read() counts words and finds names", async () => {
    const people = [{ id: "g", name: "Grace" }];
    for (const text of ["@Grace two three", `@Grace ${"word ".repeat(2_000)}`]) {
      const { words, mentions } = await rendering.read({ id: "note", text, people });
      expect(words).toBe(text.trim().split(" ").length);
      expect(mentions).toEqual(["g"]);
    }
    expect(pool.done.map(({ name }) => name)).toEqual(["read"]);
  });
});
