import { expect, test } from "bun:test";
import { loadConfig } from "./config.ts";

test("loadConfig() has a default for everything", () => {
  const config = loadConfig({}, {});
  expect(config).toMatchObject({ port: 3000, host: "localhost", trustProxy: false });
  expect(config.dataDir).toEndWith("/data");
  expect(config.publicUrl).toBeUndefined();
});

test("loadConfig() reads the environment, and what it is told wins", () => {
  const environment = {
    PORT: "80",
    HOST: "::",
    DATA_DIR: "/srv/suite",
    PUBLIC_URL: "https://suite.example",
    TRUST_PROXY: "true",
  };
  expect(loadConfig({ port: 0 }, environment)).toEqual({
    port: 0,
    host: "::",
    dataDir: "/srv/suite",
    publicUrl: new URL("https://suite.example"),
    trustProxy: true,
  });
});

test.each([
  ["PORT", "eighty"],
  ["PORT", "99999"],
  ["TRUST_PROXY", "maybe"],
  ["PUBLIC_URL", "suite.example"],
])("loadConfig() names the setting %s that cannot be %s", (name, value) => {
  expect(() => loadConfig({}, { [name]: value })).toThrow(`Cannot read setting ${name}`);
});

test("loadConfig() lets no session cross a network in the clear", () => {
  expect(() => loadConfig({}, { PUBLIC_URL: "http://suite.example" })).toThrow("expected https");
  expect(loadConfig({}, { PUBLIC_URL: "http://localhost:9" }).publicUrl?.port).toBe("9");
});
