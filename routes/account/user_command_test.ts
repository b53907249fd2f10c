import { afterEach, beforeEach, expect, test } from "bun:test";
import { systemClock } from "../../actors/mod.ts";
import { Argon2idHasher } from "../../db/account/password.ts";
import { openAccounts } from "../../db/account.ts";
import { runUserCommand } from "./user_command.ts";

const passwords = new Argon2idHasher();
let stores: Awaited<ReturnType<typeof openAccounts>>;
let lines: string[];

beforeEach(async () => {
  stores = await openAccounts(":memory:", systemClock);
  lines = [];
});

afterEach(() => stores.close());

function run(...args: string[]): Promise<number> {
  lines = [];
  const write = (line: string) => lines.push(line);
  return runUserCommand(args, { ...stores, passwords, clock: systemClock, write });
}

function printedPassword(): string {
  return lines.find((line) => line.startsWith("Password: "))?.slice("Password: ".length) ?? "";
}

async function opens(email: string, password: string): Promise<boolean> {
  const found = await stores.accounts.findByEmail(email);
  return await passwords.verify(password, found?.passwordHash);
}

const INGA = ["--email", "inga@harbor.example", "--name", "Inga Björk"];

test("user create makes the first account an administrator and prints a password", async () => {
  expect(await run("create", ...INGA)).toBe(0);
  expect(lines[0]).toBe("Created administrator Inga Björk <inga@harbor.example>");
  expect(printedPassword()).toMatch(/^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
  expect(await opens("inga@harbor.example", printedPassword())).toBe(true);
});

test("user create makes members after that, or the role that is given", async () => {
  await run("create", ...INGA);
  await run("create", "--email", "tariq@harbor.example", "--name", "Tariq Aziz");
  await run("create", "--email", "zoe@harbor.example", "--name", "Zoë Li", "--role", "guest");
  const roles = (await stores.accounts.list()).map(({ name, role }) => `${name}: ${role}`);
  expect(roles).toEqual(["Inga Björk: administrator", "Tariq Aziz: member", "Zoë Li: guest"]);
});

test("user create takes a password and does not print it", async () => {
  expect(await run("create", ...INGA, "--password", "correct horse battery")).toBe(0);
  expect(lines.join()).not.toContain("correct horse");
  expect(await opens("inga@harbor.example", "correct horse battery")).toBe(true);
});

test("user create says what is wrong and makes nothing", async () => {
  const refusals: [string[], string][] = [
    [["--name", "Inga"], "--email: Enter an e-mail address"],
    [["--email", "inga", "--name", "Inga"], "--email: Enter an e-mail address, such as"],
    [["--email", "inga@harbor.example"], "--name: Enter a name"],
    [[...INGA, "--role", "king"], "--role: Choose a role"],
    [
      [...INGA, "--role", "guest"],
      'expected the first one to be an administrator, received "guest"',
    ],
    [[...INGA, "--password", "short"], "--password: Choose a longer password"],
    [[...INGA, "--password", "inga@harbor.example"], "not your name or address"],
  ];
  for (const [args, message] of refusals) {
    expect(await run("create", ...args)).toBe(1);
    expect(lines.join("\n")).toContain(message);
  }
  expect(await stores.accounts.count()).toBe(0);
});

test("user create refuses an address that has an account", async () => {
  await run("create", ...INGA);
  expect(await run("create", ...INGA)).toBe(1);
  expect(lines[0]).toContain("this address has one already");
});

test("user reset-password sets a new password and ends all sessions", async () => {
  await run("create", ...INGA, "--password", "correct horse battery");
  const found = await stores.accounts.findByEmail("inga@harbor.example");
  const from = { device: "Firefox on Linux", address: "192.0.2.7" };
  const { token } = await stores.sessions.create(found?.account.id ?? "", from);
  expect(await run("reset-password", "--email", "INGA@harbor.example")).toBe(0);
  expect(lines[0]).toEndWith("sessions ended: 1");
  expect(await opens("inga@harbor.example", "correct horse battery")).toBe(false);
  expect(await opens("inga@harbor.example", printedPassword())).toBe(true);
  expect(await stores.sessions.validate(token)).toBeUndefined();
});

test("user reset-password refuses an address without an account", async () => {
  expect(await run("reset-password", "--email", "olaf@harbor.example")).toBe(1);
  expect(lines[0]).toBe(
    'Cannot reset the password: expected an account, received "olaf@harbor.example"',
  );
});

test("user list shows role, day, address and name", async () => {
  await run("create", ...INGA);
  expect(await run("list")).toBe(0);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^administrator {2}\d{4}-\d\d-\d\d {2}inga@harbor\.example {2}Inga Björk$/,
  );
});

test("an unknown command or option gets the usage", async () => {
  for (const args of [[], ["drop"], ["list", "all"], ["list", "--wild"], ["toString"]]) {
    expect(await run(...args)).toBe(2);
    expect(lines.at(-1)).toContain("Usage: suite user create");
  }
});
