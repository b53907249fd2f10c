import { expect, test } from "bun:test";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { Subscribers } from "./subscribers.ts";

const ID = "01JD2Z7Q5V4T8N3XKQ0C9B6MWE";

test("publish() calls the listeners of one actor, in the order they came", () => {
  const subscribers = new Subscribers<string>(new MemoryLog());
  const heard: string[] = [];
  subscribers.add(ID, (id, events) => heard.push(`ada ${id === ID} ${events}`));
  subscribers.add(ID, (_, events) => heard.push(`grace ${events}`));
  subscribers.add("another", () => heard.push("nobody"));
  subscribers.publish(ID, ["a", "b"]);
  expect(heard).toEqual(["ada true a,b", "grace a,b"]);
});

test("a listener that throws is logged and does not hurt the others", () => {
  const log = new MemoryLog();
  const subscribers = new Subscribers<string>(log);
  const heard: string[] = [];
  subscribers.add(ID, () => {
    throw new Error("a broken socket");
  });
  subscribers.add(ID, () => heard.push("grace"));
  subscribers.publish(ID, ["a"]);
  expect(heard).toEqual(["grace"]);
  expect(log.find("A listener failed")).toHaveLength(1);
});

test("a listener hears nothing once it was taken away, even by another during a publish", () => {
  const subscribers = new Subscribers<string>(new MemoryLog());
  const heard: string[] = [];
  let leave = () => {};
  subscribers.add(ID, () => leave());
  leave = subscribers.add(ID, () => heard.push("grace"));
  subscribers.publish(ID, ["a"]);
  expect(heard).toEqual([]);
});

test("a listener that comes during a publish hears the next one", () => {
  const subscribers = new Subscribers<string>(new MemoryLog());
  const heard: string[] = [];
  const end = subscribers.add(ID, () => {
    end();
    subscribers.add(ID, (_, events) => heard.push(...events));
  });
  subscribers.publish(ID, ["a"]);
  subscribers.publish(ID, ["b"]);
  expect(heard).toEqual(["b"]);
});

test("the same listener may come twice, and each leaves for itself, once", () => {
  const subscribers = new Subscribers<string>(new MemoryLog());
  let calls = 0;
  const listener = () => {
    calls++;
  };
  const [leaveFirst, leaveSecond] = [subscribers.add(ID, listener), subscribers.add(ID, listener)];
  leaveFirst();
  leaveFirst();
  subscribers.publish(ID, ["a"]);
  expect(calls).toBe(1);
  expect(subscribers.has(ID)).toBe(true);
  leaveSecond();
  expect(subscribers.has(ID)).toBe(false);
  expect(subscribers.size).toBe(0);
});

test("addToAll() hears every actor, after those who listen to one, until it is taken away", () => {
  const subscribers = new Subscribers<string>(new MemoryLog());
  const heard: string[] = [];
  const leave = subscribers.addToAll((id, events) => heard.push(`all ${id === ID} ${events}`));
  subscribers.add(ID, (_, events) => heard.push(`one ${events}`));
  expect(subscribers.has("another")).toBe(true);
  subscribers.publish(ID, ["a"]);
  subscribers.publish("another", ["b"]);
  leave();
  leave();
  subscribers.publish(ID, ["c"]);
  expect(heard).toEqual(["one a", "all true a", "all false b", "one c"]);
  expect(subscribers.has("another")).toBe(false);
  expect(subscribers.size).toBe(1);
});
