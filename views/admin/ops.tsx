/** The running system, for administrators. It fetches itself again every two seconds. */

import type {
  ClusterReport,
  KindReport,
  LoopReport,
  QuarantinedActor,
  SystemReport,
  TurnFigures,
  WorkerPoolReport,
} from "../../actors/mod.ts";
import { Badge, Button, CsrfInput, EmptyState, readerOf, Time } from "../parts/components.tsx";
import { domIds } from "../parts/dom_ids.ts";
import type { Page } from "../parts/page.ts";
import { formatNumber } from "../parts/times.ts";
import { Layout } from "../shell/layout.tsx";
import { OpsEvents, type OpsEventsReport } from "./ops_events.tsx";
import { OpsLoop } from "./ops_loop.tsx";

/** What the page shows. */
export interface OpsPageProps {
  page: Page;
  report: SystemReport;
  /** How this node stands among others; undefined where it is alone. */
  cluster?: ClusterReport | undefined;
  /** Undefined while the database cannot be asked. */
  events: OpsEventsReport | undefined;
  loop: LoopReport;
  workers: WorkerPoolReport;
}

/** The page at `/ops`. */
export function OpsPage(props: OpsPageProps) {
  return (
    <Layout page={props.page} title="Ops" wide>
      <OpsReport {...props} />
    </Layout>
  );
}

/** The part that is fetched again. */
function OpsReport(props: OpsPageProps) {
  return (
    <div
      id={domIds.ops}
      class="ops"
      hx-get="/ops"
      hx-trigger="every 2s"
      hx-target={`#${domIds.ops}`}
      hx-select={`#${domIds.ops}`}
      hx-swap="outerMorph"
      hx-sync="this:drop"
    >
      <Figures {...props} />
      {props.cluster && <Nodes page={props.page} cluster={props.cluster} />}
      <Quarantine {...props} />
      <OpsEvents page={props.page} events={props.events} />
      <Kinds {...props} />
      <Busiest {...props} />
      <DeadLetters {...props} />
      <OpsLoop {...props} />
    </div>
  );
}

function Figures(props: OpsPageProps) {
  const { report } = props;
  const number = numbers(props.page);
  const sum = (count: (kind: KindReport) => number) =>
    number(report.kinds.reduce((total, kind) => total + count(kind), 0));
  const figures = [
    { label: "Up for", value: formatDuration(report.uptimeMs) },
    { label: "Memory", value: formatBytes(report.residentBytes) },
    { label: "Live actors", value: sum(({ live }) => live) },
    { label: "Operations waiting", value: sum(({ waiting }) => waiting) },
    { label: "Restarts", value: sum(({ restarts }) => restarts) },
    { label: "Refused as overloaded", value: sum(({ overloads }) => overloads) },
  ];
  return (
    <dl class="ops-figures">
      {report.isDraining && (
        <div>
          <dt>State</dt>
          <dd>
            <Badge tone="warning">Leaving</Badge>
          </dd>
        </div>
      )}
      {figures.map(({ label, value }) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

// --------------------------------------------------------------------------------- quarantine

function Quarantine(props: OpsPageProps) {
  const { quarantined } = props.report;
  return (
    <section aria-labelledby="ops-quarantine">
      <h2 id="ops-quarantine">Quarantined</h2>
      {quarantined.length === 0 ? (
        <p class="muted">None. An actor that crashes too often would wait here.</p>
      ) : (
        <ul class="ops-quarantined">
          {quarantined.map((actor) => (
            <Quarantined page={props.page} actor={actor} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Quarantined(props: { page: Page; actor: QuarantinedActor }) {
  const { page, actor } = props;
  return (
    <li id={`quarantined-${actor.address.replace(":", "-")}`}>
      <div>
        <p>
          <code>{actor.address}</code> <Badge tone="danger">{actor.crashes} crashes</Badge>
        </p>
        <p class="ops-message">{actor.message}</p>
        <p class="muted">
          Since <Time at={actor.since} now={page.now} page={page} />
        </p>
      </div>
      <form method="post" action="/ops/release">
        <CsrfInput token={page.csrfToken} />
        <input type="hidden" name="address" value={actor.address} />
        <Button>Release</Button>
      </form>
    </li>
  );
}

// -------------------------------------------------------------------------------------- nodes

/** What is on this page is one node's; which one is said here. */
function Nodes({ page, cluster }: { page: Page; cluster: ClusterReport }) {
  const number = numbers(page);
  const rows = cluster.nodes.map(({ id, name, takesShards }) => [
    name,
    id === cluster.id ? "this node" : "",
    id === cluster.id ? number(cluster.shards) : "",
    takesShards ? "member" : id === cluster.id ? cluster.standing : "leaving or aside",
    id,
  ]);
  return (
    <>
      <Table
        id="ops-nodes"
        title="Nodes"
        head={["Node", "", "Shards", "Standing", "Started as"]}
        rows={rows}
      />
      {(!cluster.seesRegister || !cluster.seesTable) && (
        <p class="ops-message">
          This node does not reach{" "}
          {[!cluster.seesRegister && "Redis", !cluster.seesTable && "the database"]
            .filter(Boolean)
            .join(" and ")}
          .
        </p>
      )}
    </>
  );
}

// ------------------------------------------------------------------------------------- tables

type Row = readonly (string | number)[];

/** Numbers stand to the right, under each other; the first column names the row. */
function Table(props: {
  id: string;
  title: string;
  head: readonly string[];
  rows: readonly Row[];
}) {
  return (
    <div>
      <h2 id={props.id}>{props.title}</h2>
      <section class="ops-table" tabindex={0} aria-labelledby={props.id}>
        <table>
          <thead>
            <tr>
              {props.head.map((label) => (
                <th scope="col">{label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map(([name, ...values]) => (
              <tr>
                <th scope="row">{name}</th>
                {values.map((value) => (
                  <td>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

const KIND_HEAD = [
  "Kind",
  "Live",
  "Loading",
  "Restarting",
  "Quarantined",
  "Leaving",
  "Watched",
  "Waiting",
  "Fullest mailbox",
  "Operations",
  "Turns",
  "Turn p50",
  "Turn p99",
  "Commits",
  "Batches per commit",
  "Restarts",
  "Passivated",
];

function Kinds(props: OpsPageProps) {
  const number = numbers(props.page);
  const rows = props.report.kinds.map((kind) => [
    kind.kind,
    number(kind.live),
    number(kind.loading),
    number(kind.restarting),
    number(kind.quarantined),
    number(kind.leaving),
    number(kind.subscribed),
    number(kind.waiting),
    number(kind.waitingMax),
    number(kind.operations),
    number(kind.turns),
    formatMs(kind.turnMs.p50),
    formatMs(kind.turnMs.p99),
    number(kind.commits),
    kind.batchesPerCommit.toFixed(1),
    number(kind.restarts),
    number(kind.passivations),
  ]);
  return <Table id="ops-kinds" title="Actors by kind" head={KIND_HEAD} rows={rows} />;
}

function Busiest(props: OpsPageProps) {
  const { busiest } = props.report;
  const number = numbers(props.page);
  if (busiest.length === 0) {
    return <EmptyState icon="activity" title="No actor is live" text="Open a note to see one." />;
  }
  const rows = busiest.map((actor) => [
    actor.address,
    number(actor.waiting),
    number(actor.turns),
    formatMs(actor.lastTurnMs),
    formatDuration(actor.idleMs),
  ]);
  const head = ["Address", "Waiting", "Turns", "Last turn", "Idle for"];
  return <Table id="ops-busiest" title="Busiest actors" head={head} rows={rows} />;
}

function DeadLetters(props: OpsPageProps) {
  const { page, report } = props;
  const counts = Object.entries(report.deadLetters.counts);
  const number = numbers(page);
  return (
    <section aria-labelledby="ops-letters">
      <h2 id="ops-letters">Dead letters</h2>
      <p class="muted">
        {counts.length === 0
          ? "None: everything that was sent has arrived."
          : counts.map(([reason, count]) => `${reason}: ${number(count)}`).join(" · ")}
      </p>
      <ul class="ops-letters">
        {report.deadLetters.recent.map((letter) => (
          <li>
            <p>
              <Badge tone="warning">{letter.reason}</Badge> {letter.operation} to{" "}
              <code>{letter.address}</code>{" "}
              <span class="muted">
                <Time at={letter.at} now={page.now} page={page} />
              </span>
            </p>
            <p class="ops-message">{letter.message}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

// ------------------------------------------------------------------------------------ figures

function numbers(page: Page): (value: number) => string {
  const { language } = readerOf(page);
  return (value) => formatNumber(value, language);
}

function formatMs(value: TurnFigures["p50"]): string {
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
}

/** In powers of ten. */
function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** The two largest units: "3 d 4 h", "5 min 10 s", "0 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts = [
    { unit: "d", value: Math.floor(seconds / 86_400) },
    { unit: "h", value: Math.floor(seconds / 3_600) % 24 },
    { unit: "min", value: Math.floor(seconds / 60) % 60 },
    { unit: "s", value: seconds % 60 },
  ];
  const first = parts.findIndex(({ value }) => value > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(({ value }) => value > 0)
    .map(({ unit, value }) => `${value} ${unit}`)
    .join(" ");
}
