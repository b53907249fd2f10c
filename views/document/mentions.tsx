/** What the editor offers while one types `@` and a name. */

import type { Person } from "../../actors/mod.ts";
import { Avatar } from "../parts/components.tsx";

/** A name as what is typed is compared with it: without case and accents. */
export function mentionKey(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const OPTION = { role: "option", tabindex: -1, "aria-selected": "false" } as const;

/** The options of the editor's listbox. It keeps the focus in the text, so none can be tabbed to. */
export function MentionOptions(props: { people: readonly Person[] }) {
  return (
    <>
      {props.people.map((person) => (
        <div
          id={`mention-${person.id}`}
          {...OPTION}
          data-name={person.name}
          data-key={mentionKey(person.name)}
        >
          <Avatar person={person} named />
          <bdi class="mention-name">{person.name}</bdi>
          {person.email && <bdi class="mention-address">{person.email}</bdi>}
        </div>
      ))}
    </>
  );
}
