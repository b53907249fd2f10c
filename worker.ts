/** The program of a worker process: what is expensive is done here, and not on the suite's main thread. */

import { databaseJobs } from "./db/workers/database_jobs.ts";
import { serveJobs } from "./db/workers/serve_jobs.ts";
import { jobs } from "./routes/document/jobs.ts";

serveJobs({ ...jobs, ...databaseJobs }, process);
