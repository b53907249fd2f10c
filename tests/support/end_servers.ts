/** Loaded before all tests (bunfig.toml): ends, after the last one, what they shared. */

import { afterAll } from "bun:test";
import { endTestDatabases } from "./test_database.ts";

afterAll(endTestDatabases);
