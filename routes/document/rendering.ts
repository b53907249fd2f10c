/**
 * Rendered text of notes, for pages and previews. A short text is rendered at once, a longer one by a
 * worker, and a very long one in parts. What was rendered is kept by the version of the note, and so is
 * that it could not be: one hostile note costs a worker once, and the main thread never.
 */

import {
  type Clock,
  countWords,
  limits,
  type Mentionable,
  mentionsIn,
  partsOf,
  Slices,
  SuiteError,
  type TextDigest,
  type TextPart,
  type WorkerPool,
} from "../../actors/mod.ts";
import { plainBlocks, type RenderedPart, renderBlocks } from "../../views/document/markdown.ts";
import type { RenderOptions } from "./jobs.ts";

/** What is shown of a note: as good as it gets, or what there is until it can be rendered. */
export interface Rendered extends RenderedPart {
  /** Whether asking again would give the same. */
  isFinal: boolean;
}

/** A text to be rendered. */
export interface RenderRequest {
  id: string;
  /** The version of the note that has this text; undefined for one that is no version of it. */
  version: number | undefined;
  text: string;
  /** Those whom it may name. */
  people: readonly Mentionable[];
  /** Which part of it, from 1 on; the last one when there are not so many. */
  part: number;
  /** Who asks: a person, or the link somebody came by. */
  asker: string;
}

/** What was rendered of one version of a note. */
interface Kept {
  key: string;
  units: number;
  parts: Map<number, Rendered>;
}

/** Renders notes, each version once. */
export class Rendering {
  readonly #pool: WorkerPool;
  readonly #clock: Clock;
  /** By note, the one that was asked for longest ago first. */
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Map<string, Promise<Rendered>>();
  #keptUnits = 0;

  constructor({ pool, clock }: { pool: WorkerPool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** The blocks of a part; the text as it was written where it cannot be rendered. Never rejects. */
  async render(request: RenderRequest): Promise<Rendered> {
    if (request.version === undefined) return await this.#render(request);
    const key = keyOf(request);
    const kept = this.#recall(request, key);
    if (kept !== undefined) return kept;
    const running = `${request.id} ${key} ${request.part}`;
    let promise = this.#running.get(running);
    if (promise === undefined) {
      promise = this.#render(request, running).finally(() => this.#running.delete(running));
      this.#running.set(running, promise);
    }
    return await promise;
  }

  /** As `render`, where that takes no time: a short text, or one that was rendered before. */
  async renderAtOnce(request: RenderRequest): Promise<Rendered | undefined> {
    const isShort = request.text.length <= limits.renderInlineUnitsMax;
    if (isShort) return await this.render(request);
    return request.version === undefined ? undefined : this.#recall(request, keyOf(request));
  }

  /** What the read side keeps of a text; nothing of one that takes too long. */
  async read(request: Pick<RenderRequest, "id" | "text" | "people">): Promise<Partial<TextDigest>> {
    const { id, text, people } = request;
    if (text.length <= limits.renderInlineUnitsMax) {
      return { words: countWords(text), mentions: mentionsIn(text, people) };
    }
    const options: RenderOptions = { people };
    try {
      return (await this.#pool.run({ name: "read", text, options, shares: [id] })) as TextDigest;
    } catch (error) {
      if (isForGood(error)) return {};
      throw error;
    }
  }

  /** Keeps nothing of a note, nor of what is being rendered of it now. */
  forget(id: string): void {
    for (const running of this.#running.keys()) {
      if (running.startsWith(`${id} `)) this.#running.delete(running);
    }
    this.#drop(id);
  }

  #drop(id: string): void {
    this.#keptUnits -= this.#kept.get(id)?.units ?? 0;
    this.#kept.delete(id);
  }

  /** Keeps what it rendered while it is known as running: it may have been told to forget the note. */
  async #render(request: RenderRequest, running?: string): Promise<Rendered> {
    const { text, version } = request;
    const { part, range, parts } = await this.#find(text, request.part);
    const known =
      version === undefined ? undefined : this.#recall({ ...request, part }, keyOf(request));
    if (known !== undefined) return known;
    const source = range.prefix + text.slice(range.start, range.end);
    const rendered = { part, parts, ...(await this.#renderPart(request, source)) };
    const isWanted = running !== undefined && this.#running.has(running);
    if (rendered.isFinal && isWanted) this.#keep(request, rendered);
    return rendered;
  }

  async #renderPart(
    { id, people, asker }: RenderRequest,
    source: string,
  ): Promise<Pick<Rendered, "blocks" | "isFinal">> {
    if (source.length <= limits.renderInlineUnitsMax) {
      return { blocks: renderBlocks(source, people), isFinal: true };
    }
    const options: RenderOptions = { people };
    try {
      const shares = [id, asker];
      const blocks = await this.#pool.run({ name: "render", text: source, options, shares });
      return { blocks: blocks as string[], isFinal: true };
    } catch (error) {
      const isFinal = isForGood(error);
      return { blocks: plainBlocks(source, isFinal ? "too_long" : "busy"), isFinal };
    }
  }

  /** Where a part is, and how many there are. */
  async #find(
    text: string,
    wanted: number,
  ): Promise<{ part: number; parts: number; range: TextPart }> {
    const slices = new Slices(this.#clock, limits.workSliceMsMax);
    let range: TextPart = { start: 0, end: text.length, prefix: "" };
    let parts = 0;
    for (const next of partsOf(text)) {
      parts++;
      if (parts <= wanted) range = next;
      if (slices.isOver) await slices.next();
    }
    return { part: Math.min(wanted, parts), parts, range };
  }

  #recall({ id, part }: Pick<RenderRequest, "id" | "part">, key: string): Rendered | undefined {
    const kept = this.#kept.get(id);
    if (kept?.key !== key) return undefined;
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    return kept.parts.get(part);
  }

  #keep(request: RenderRequest, rendered: Rendered): void {
    const { id } = request;
    const key = keyOf(request);
    const before = this.#kept.get(id);
    const kept = before?.key === key ? before : { key, units: 0, parts: new Map() };
    this.#drop(id);
    kept.parts.set(rendered.part, rendered);
    kept.units += unitsOf(rendered);
    this.#kept.set(id, kept);
    this.#keptUnits += kept.units;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptUnits <= limits.renderedKeptUnitsMax) break;
      this.#drop(oldest);
    }
  }
}

function keyOf({ version, people }: RenderRequest): string {
  const names = people.map(({ id, name }) => `${id}=${name}`).sort();
  return `${version} ${names.join()}`;
}

function unitsOf({ blocks }: Rendered): number {
  return blocks.reduce((sum, block) => sum + block.length, 0);
}

/** Whether the same text would fail again. */
function isForGood(error: unknown): boolean {
  return error instanceof SuiteError && (error.code === "too_large" || error.code === "crashed");
}
