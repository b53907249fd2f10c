import { expect, test } from "bun:test";
import { describeDevice } from "./browser_name.ts";

const SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0";

test("describeDevice() names browser and system", () => {
  const known = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox on Linux",
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`]: "Chrome on Windows",
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36 Edg/131.0`]:
      "Edge on Windows",
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME} Safari/537.36 OPR/115.0`]:
      "Opera on macOS",
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Safari/605.1.15`]:
      "Safari on macOS",
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${SAFARI} Mobile/15E148 Safari/604.1`]:
      "Safari on iPhone",
    [`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${CHROME} Mobile Safari/537.36`]:
      "Chrome on Android",
    "curl/8.11.0": "curl",
  };
  for (const [userAgent, device] of Object.entries(known)) {
    expect(describeDevice(userAgent)).toBe(device);
  }
});

test("describeDevice() says so when it does not know", () => {
  expect(describeDevice(undefined)).toBe("An unknown browser");
  expect(describeDevice("<script>alert(1)</script>")).toBe("An unknown browser");
  expect(describeDevice("Something (X11; Linux x86_64)")).toBe("A browser on Linux");
});
