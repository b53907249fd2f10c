/**
 * Loaded before all tests (bunfig.toml): lets properties begin where the run begins, and ends, after the
 * last test, what they shared.
 */

import { afterAll } from "bun:test";
import fc from "fast-check";
import { testSeed } from "./seed.ts";
import { endTestDatabases } from "./test_database.ts";

fc.configureGlobal({ seed: testSeed() });

afterAll(endTestDatabases);
