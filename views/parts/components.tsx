/** The small parts that every page is made of. They all work as plain HTML. */

import { raw } from "hono/html";
import type { Child, JSX } from "hono/jsx";
import type { Person } from "../../actors/mod.ts";
import { Icon, type IconName } from "./icons.tsx";
import type { Page } from "./page.ts";
import { type ShortcutAttributes, type ShortcutId, shortcut } from "./shortcuts.ts";
import { formatFull, formatRelative, NEUTRAL_READER, type Reader } from "./times.ts";

/** Attributes that a component hands on to its element. */
export type Attributes<Tag extends "a" | "button" | "input" | "select"> = Omit<
  JSX.IntrinsicElements[Tag],
  "children" | "class"
>;

// ------------------------------------------------------------------------------------- forms

interface FieldFrame {
  /** Also the field's id. */
  name: string;
  label: string;
  /** What is wrong, in words a person can act on. */
  error?: string | undefined;
  hint?: string | undefined;
  /** When a page has two fields of one name. */
  id?: string | undefined;
}

/** One labelled line of a form, with its error beside it. */
export function Field(props: FieldFrame & { input?: Attributes<"input"> }) {
  const id = props.id ?? props.name;
  return (
    <div class={props.error ? "field invalid" : "field"}>
      <label for={id}>{props.label}</label>
      <input id={id} name={props.name} type="text" {...props.input} {...describe(id, props)} />
      <FieldNotes id={id} error={props.error} hint={props.hint} />
    </div>
  );
}

/** One choice of a list. */
export function SelectField(
  props: FieldFrame & {
    value: string;
    options: readonly { value: string; label: string }[];
    select?: Attributes<"select">;
  },
) {
  const id = props.id ?? props.name;
  return (
    <div class={props.error ? "field invalid" : "field"}>
      <label for={id}>{props.label}</label>
      <select id={id} name={props.name} {...props.select} {...describe(id, props)}>
        {props.options.map(({ value, label }) => (
          <option value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
      <FieldNotes id={id} error={props.error} hint={props.hint} />
    </div>
  );
}

/** Something that is on or off. */
export function CheckboxField(
  props: FieldFrame & { checked: boolean; value?: string; input?: Attributes<"input"> },
) {
  const id = props.id ?? props.name;
  return (
    <div class={props.error ? "field checkbox invalid" : "field checkbox"}>
      <input
        id={id}
        name={props.name}
        type="checkbox"
        value={props.value ?? "on"}
        checked={props.checked}
        {...props.input}
        {...describe(id, props)}
      />
      <label for={id}>{props.label}</label>
      <FieldNotes id={id} error={props.error} hint={props.hint} />
    </div>
  );
}

function describe(id: string, props: { error?: string | undefined; hint?: string | undefined }) {
  const notes = [props.error && `${id}-error`, props.hint && `${id}-hint`].filter(Boolean);
  return {
    ...(notes.length > 0 ? { "aria-describedby": notes.join(" ") } : {}),
    ...(props.error ? { "aria-invalid": "true" } : {}),
  };
}

function FieldNotes(props: { id: string; error?: string | undefined; hint?: string | undefined }) {
  return (
    <>
      {props.error && (
        <p class="field-error" id={`${props.id}-error`}>
          <Icon name="circleAlert" />
          {props.error}
        </p>
      )}
      {props.hint && (
        <p class="field-hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
    </>
  );
}

/** What went wrong with a form as a whole; takes the focus, so that it is read. */
export function ErrorSummary(props: { title: string; text?: string | undefined }) {
  return (
    <div class="error-summary" role="alert" tabindex={-1} autofocus>
      <Icon name="circleAlert" />
      <div>
        <p class="strong">{props.title}</p>
        {props.text && <p>{props.text}</p>}
      </div>
    </div>
  );
}

/** Proves that a form came from one of our pages. */
export function CsrfInput(props: { token: string }) {
  return <input type="hidden" name="csrf" value={props.token} />;
}

/** What a form came with, when it is to be sent once more. */
export function HiddenFields(props: { fields: readonly (readonly [string, string])[] }) {
  return (
    <>
      {props.fields.map(([name, value]) => (
        // A whole note may stand here: what escapes attributes otherwise takes ten times as long.
        <input type="hidden" name={name} value={raw(Bun.escapeHTML(value))} />
      ))}
    </>
  );
}

// ----------------------------------------------------------------------------------- buttons

/** How loud a button is. A page has at most one `primary`. */
export type ButtonKind = "primary" | "plain" | "quiet" | "danger";

interface ButtonLook {
  kind?: ButtonKind;
  icon?: IconName;
  keys?: ShortcutId;
  /** Single-key shortcuts are off for this person. */
  keysOff?: boolean;
  children?: Child;
}

/** A button; submits its form unless `type="button"` is among the attributes. */
export function Button(props: ButtonLook & { attributes?: Attributes<"button"> }) {
  return (
    <button
      type="submit"
      class={`button ${props.kind ?? "plain"}`}
      {...shortcutOf(props)}
      {...props.attributes}
    >
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton(props: ButtonLook & { href: string; attributes?: Attributes<"a"> }) {
  return (
    <a
      href={props.href}
      class={`button ${props.kind ?? "plain"}`}
      {...shortcutOf(props)}
      {...props.attributes}
    >
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </a>
  );
}

/** A button that shows only an icon: it has a name, and a tooltip with its shortcut. */
export function IconButton(props: {
  icon: IconName;
  label: string;
  keys?: ShortcutId;
  keysOff?: boolean;
  kind?: ButtonKind;
  attributes?: Attributes<"button">;
}) {
  return (
    <button
      type="submit"
      class={`icon-button ${props.kind ?? "quiet"}`}
      aria-label={props.label}
      title={props.label}
      {...shortcutOf(props)}
      {...props.attributes}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function shortcutOf(props: {
  keys?: ShortcutId | undefined;
  label?: string | undefined;
  keysOff?: boolean | undefined;
}): ShortcutAttributes | Record<never, never> {
  if (!props.keys) return {};
  return shortcut(props.keys, {
    ...(props.label ? { label: props.label } : {}),
    ...(props.keysOff ? { off: true } : {}),
  });
}

// ------------------------------------------------------------------------------------- words

/** For whom a page writes times: the viewer, or anybody. */
export function readerOf(page: Pick<Page, "viewer"> | undefined): Reader {
  return page?.viewer ?? NEUTRAL_READER;
}

/** A moment. Without a page it is neutral, and the browser rewrites it for its reader. */
export function Time(props: { at: number; now: number; page?: Pick<Page, "viewer"> }) {
  const reader = readerOf(props.page);
  return (
    <time
      datetime={new Date(props.at).toISOString()}
      title={formatFull(props.at, reader)}
      data-relative
    >
      {formatRelative(props.at, props.now, reader)}
    </time>
  );
}

/** A word that says what state something is in. */
export function Badge(props: {
  tone?: "neutral" | "ok" | "warning" | "danger" | "info";
  children?: Child;
}) {
  return <span class={`badge ${props.tone ?? "neutral"}`}>{props.children}</span>;
}

/** The number of colors for people and their carets. */
export const PERSON_COLORS = 12;

/** The color of a person, 0 to 11: the same on every page, in every caret. */
export function personColor(userId: string): number {
  let hash = 2_166_136_261;
  for (let i = 0; i < userId.length; i++) {
    hash = Math.imul(hash ^ userId.charCodeAt(i), 16_777_619);
  }
  return (hash >>> 0) % PERSON_COLORS;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One or two signs that stand for a name; a sign may be an emoji of many units. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen
    .map(
      (word) =>
        graphemes
          .segment(word ?? "")
          [Symbol.iterator]()
          .next().value?.segment ?? "",
    )
    .join("")
    .toLocaleUpperCase();
}

/** A person as a colored disc. Decoration when the name stands beside it (`named`). */
export function Avatar(props: { person: Pick<Person, "id" | "name">; named?: boolean }) {
  const { id, name } = props.person;
  const label = props.named
    ? { "aria-hidden": "true" as const }
    : { role: "img", "aria-label": name, title: name };
  return (
    <span class={`avatar color-${personColor(id)}`} {...label}>
      {initials(name)}
    </span>
  );
}

/** Some people, overlapping; beyond `limit` a number stands for the rest. */
export function AvatarStack(props: {
  people: readonly Pick<Person, "id" | "name">[];
  limit?: number;
}) {
  const limit = props.limit ?? 3;
  const rest = props.people.slice(limit);
  return (
    <span class="avatar-stack">
      {props.people.slice(0, limit).map((person) => (
        <Avatar person={person} />
      ))}
      {rest.length > 0 && (
        <span
          class="avatar more"
          role="img"
          aria-label={`and ${rest.map((person) => person.name).join(", ")}`}
          title={rest.map((person) => person.name).join(", ")}
        >
          +{rest.length}
        </span>
      )}
    </span>
  );
}

/** What stands where a list has nothing to show: why, and what to do next. */
export function EmptyState(props: {
  icon: IconName;
  title: string;
  text?: string;
  children?: Child;
}) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={props.icon} />
      </span>
      <h2>{props.title}</h2>
      {props.text && <p>{props.text}</p>}
      {props.children && <div class="empty-actions">{props.children}</div>}
    </div>
  );
}

/** Keys as they are printed on a keyboard. */
export function Keys(props: { caps: readonly (readonly string[])[] }) {
  return (
    <span class="keys">
      {props.caps.map((chord, index) => (
        <>
          {index > 0 && <span class="then">then</span>}
          {chord.map((cap) => (
            <kbd>{cap}</kbd>
          ))}
        </>
      ))}
    </span>
  );
}

// ------------------------------------------------------------------------------------ layers

/** Tells what was done, and offers to undo it. */
export function Toast(props: {
  text: string;
  csrfToken: string;
  undoAction?: string | undefined;
  keysOff?: boolean;
}) {
  return (
    <div class="toast" data-island="toast">
      <p>{props.text}</p>
      {props.undoAction && (
        <form method="post" action={props.undoAction}>
          <CsrfInput token={props.csrfToken} />
          <Button kind="quiet" keys="undo" {...(props.keysOff ? { keysOff: true } : {})}>
            Undo
          </Button>
        </form>
      )}
      <IconButton
        icon="close"
        label="Dismiss"
        attributes={{ type: "button", "data-dismiss": "" }}
      />
    </div>
  );
}

/** Actions behind a button. Opens and closes by itself, with or without JavaScript. */
export function Menu(props: {
  label: string;
  /** What the button shows; three dots when nothing is given. */
  face?: Child;
  children?: Child;
  /** Which edge of the button the panel keeps to. */
  align?: "start" | "end";
}) {
  return (
    <details class={`menu ${props.align ?? "end"}`} data-menu>
      <summary class="icon-button quiet" aria-label={props.label} title={props.label}>
        {props.face ?? <Icon name="ellipsis" />}
      </summary>
      <div class="menu-panel">{props.children}</div>
    </details>
  );
}

/** A layer over the page; scripts open it, `Esc` closes it, the focus returns. */
export function Dialog(props: { id: string; label: string; children?: Child }) {
  return (
    <dialog id={props.id} class="dialog" aria-label={props.label}>
      {props.children}
    </dialog>
  );
}
