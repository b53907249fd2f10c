import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../tests/support/temporary_folder.ts";
import { installWanted } from "./apt.ts";

/** An apt-get that writes down what it is told and what the policy says meanwhile. */
function fakeApt(folder: string, { works }: { works: boolean }) {
  const [program, policyPath, notes] = ["apt-get", "policy-rc.d", "notes"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const lines = [
    "#!/bin/sh",
    `echo "$DEBIAN_FRONTEND $*" >> ${notes}`,
    `sh ${policyPath}; echo "policy $?" >> ${notes}`,
    works ? "exit 0" : 'echo "E: Unable to locate package" >&2; exit 100',
  ];
  writeFileSync(program, lines.join("\n"), { mode: 0o755 });
  return { apt: { program, policyPath, isRoot: true }, notes, policyPath };
}

const redis = { title: "Redis", packages: ["redis-server"] };

test("installWanted() does nothing where everything is there", () => {
  const apt = { program: "/nowhere", policyPath: "/nowhere", isRoot: true };
  expect(installWanted({ ...redis, isThere: () => true }, apt)).toBeUndefined();
});

test("installWanted() installs, with services forbidden to start meanwhile", () => {
  using folder = temporaryFolder();
  const { apt, notes, policyPath } = fakeApt(folder.path, { works: true });
  expect(installWanted({ ...redis, isThere: () => existsSync(notes) }, apt)).toBeUndefined();
  const [update, first, install, second] = readFileSync(notes, "utf8").split("\n");
  expect(update).toMatch(/^noninteractive .* update$/);
  expect(install).toMatch(/ install -y --no-install-recommends redis-server$/);
  expect([first, second]).toEqual(["policy 101", "policy 101"]);
  expect(existsSync(policyPath)).toBe(false);
});

test("installWanted() leaves a policy that stands there already", () => {
  using folder = temporaryFolder();
  const { apt, notes, policyPath } = fakeApt(folder.path, { works: true });
  writeFileSync(policyPath, "exit 104\n");
  installWanted({ ...redis, isThere: () => existsSync(notes) }, apt);
  expect(readFileSync(notes, "utf8")).toContain("policy 104");
  expect(readFileSync(policyPath, "utf8")).toBe("exit 104\n");
});

test("installWanted() says in one line why it could not, and what to do", () => {
  using folder = temporaryFolder();
  const { apt, policyPath } = fakeApt(folder.path, { works: false });
  const wanted = { ...redis, isThere: () => false };
  expect(installWanted(wanted, apt)).toBe(
    'Cannot install Redis: apt-get answered "E: Unable to locate package"; install the packages redis-server',
  );
  expect(existsSync(policyPath)).toBe(false);
  expect(installWanted(wanted, { ...apt, isRoot: false })).toBe(
    "Cannot install Redis: wanted root and apt-get, received one or neither; install the packages redis-server",
  );
});
