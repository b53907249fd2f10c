import { describe, expect, test } from "bun:test";
import {
  describeKeys,
  findShortcut,
  keyCaps,
  type Shortcut,
  type ShortcutScope,
  shortcut,
  shortcuts,
} from "./shortcuts.ts";

/** What can be on the screen at once: these places are inside of those. */
const INSIDE: Record<ShortcutScope, readonly ShortcutScope[]> = {
  everywhere: [],
  list: ["everywhere"],
  notes: ["list", "everywhere"],
  inbox: ["list", "everywhere"],
  entry: ["everywhere"],
  note: ["everywhere"],
  editor: ["note", "everywhere"],
};

/** While one writes, only keys with a modifier and Escape are heard. */
function isHeardWhile(scope: ShortcutScope, { keys }: Shortcut): boolean {
  return scope !== "editor" || keys.startsWith("Mod+") || keys === "Escape";
}

function neighbors(one: Shortcut): Shortcut[] {
  return shortcuts.filter(
    (other) =>
      other !== one &&
      (other.scope === one.scope || INSIDE[one.scope].includes(other.scope)) &&
      isHeardWhile(one.scope, other),
  );
}

describe("the registry of shortcuts", () => {
  test("has no two shortcuts of the same keys in one place", () => {
    const clashes = shortcuts.flatMap((one) =>
      neighbors(one)
        .filter((other) => other.keys === one.keys && one.insteadOf !== other.id)
        .map((other) => `${one.id} and ${other.id}: ${one.keys}`),
    );
    expect(clashes).toEqual([]);
  });

  test("has no shortcut that is the beginning of another", () => {
    const clashes = shortcuts.flatMap((one) =>
      neighbors(one)
        .filter(({ keys }) => keys.startsWith(`${one.keys} `) || one.keys.startsWith(`${keys} `))
        .map((other) => `${one.id} and ${other.id}`),
    );
    expect(clashes).toEqual([]);
  });

  test("has each name once, and replaces only what exists", () => {
    const ids = shortcuts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { insteadOf } of shortcuts) if (insteadOf) expect(ids).toContain(insteadOf);
  });

  test("takes no key from a screen reader or a browser: single keys can be switched off", () => {
    for (const { id, keys } of shortcuts) {
      const attributes = shortcut(id as Parameters<typeof shortcut>[0], { off: true });
      if (keys.includes("+")) continue;
      expect(Object.keys(attributes)).toEqual(["title"]);
      expect(attributes.title).not.toContain("(");
    }
  });
});

describe("shortcut()", () => {
  test("gives the keys to the island, to assistive technology and to the tooltip", () => {
    expect(shortcut("create")).toEqual({
      "data-keys": "c",
      "aria-keyshortcuts": "c",
      title: "New note (C)",
    });
    expect(shortcut("palette")).toEqual({
      "data-keys": "Mod+k",
      "aria-keyshortcuts": "Control+k Meta+k",
      title: "Search and commands (Ctrl+K)",
    });
  });

  test("does not announce a sequence as if its keys were alternatives", () => {
    expect(shortcut("go.notes", { label: "Notes" })).toEqual({
      "data-keys": "g n",
      title: "Notes (G then N)",
    });
  });

  test("leaves keys to the row or to the editor where those listen themselves", () => {
    expect(shortcut("list.delete")).toMatchObject({ "data-row-keys": "#" });
    expect(shortcut("list.delete")).not.toHaveProperty("data-keys");
    expect(shortcut("editor.bold")).not.toHaveProperty("data-keys");
  });
});

test("keyCaps() prints keys as they are on a keyboard", () => {
  expect(keyCaps("Mod+Shift+p")).toEqual([["Ctrl", "Shift", "P"]]);
  expect(keyCaps("g n")).toEqual([["G"], ["N"]]);
  expect(describeKeys(findShortcut("editor.leave").keys)).toBe("Esc");
  expect(describeKeys(findShortcut("inbox.readAll").keys)).toBe("Shift+A");
});
